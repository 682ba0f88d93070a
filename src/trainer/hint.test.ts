import { expect, test } from 'vitest';
import { UniformPolicy } from '../policy/uniform.ts';
import { nextAction } from './hint.ts';

test('the agent reads what was played as its own words, and answers with an admissible command', async () => {
  const said: string[][] = [];
  const read: string[] = [];
  class Watched extends UniformPolicy {
    override async start(prompts: { text: string; copies: number }[]) {
      read.push(prompts[0]?.text ?? '');
      const session = await super.start(prompts);
      return {
        ...session,
        act: (requests: Parameters<typeof session.act>[0], options: { temperature: number }) => {
          said.push(requests[0]?.choices ?? []);
          read.push(requests[0]?.read ?? '');
          return session.act(requests, options);
        },
      };
    }
  }
  const situation = {
    task: { env: 'alfworld', id: 'x', family: 'pick', goal: 'put some mug on desk' } as const,
    opening: '-= Welcome =-\n\nYou see a desk 1.\n\nYour task is to: put some mug on desk.',
    turns: [
      { action: 'help', observation: 'Commands: ...' },
      { action: 'go to desk 1', observation: 'You arrive at desk 1.' },
    ],
    admissible: ['help', 'look', 'inventory'],
  };
  const hint = await nextAction(new Watched(), situation, ['Look for the mug on the desk first.']);
  expect(['look', 'inventory']).toContain(hint?.action);
  expect(hint?.rules).toEqual(['Look for the mug on the desk first.']);
  expect(said).toEqual([[' go to desk 1\n'], [' look\n', ' inventory\n']]);
  expect(read[0]).toContain('- Look for the mug on the desk first.\nYou see a desk 1.\n>');
  expect(read.slice(1)).toEqual(['', 'You arrive at desk 1.\n>']);
});
