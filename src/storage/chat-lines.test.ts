import { expect, test } from 'vitest';
import { instruction } from '../policy/webllm/chat.ts';
import { chatJsonl, chatLines } from './chat-lines.ts';
import { sampleEvent, sampleTrajectory } from './sample.ts';

const turn = (action: string, observation: string) => ({ action, observation, logprob: -1 });
const episode = (id: string, won = true) => ({
  ...sampleTrajectory(id, won),
  turns: [turn('go to fridge 1', 'The fridge 1 is closed.'), turn('open fridge 1', 'You win.')],
});
// Rule r1 is written in iteration 1, so that it stands in prompts from iteration 2 on.
const events = [sampleEvent(0, 'Look into the fridge.')];

test('an episode is the conversation that the policy had: rules in the first message, the last observation left out', () => {
  const [line] = chatLines('amber-kestrel', [episode('2.1.0')], events);
  expect(line?.messages).toEqual([
    { role: 'system', content: instruction },
    {
      role: 'user',
      content: 'Task: cool some lettuce and put it in countertop.\nRules:\n- Look into the fridge.\nYou are in the middle of a room.',
    },
    { role: 'assistant', content: 'go to fridge 1' },
    { role: 'user', content: 'The fridge 1 is closed.' },
    { role: 'assistant', content: 'open fridge 1' },
  ]);
  expect(line).toMatchObject({
    reward: 1,
    advantage: 1,
    won: true,
    group_id: 'amber-kestrel/2.1',
    id: '2.1.0',
    iteration: 2,
    env: 'alfworld',
  });
});

test('a rule that did not stand there yet is not put into the mouth of an earlier episode', () => {
  const [line] = chatLines('amber-kestrel', [episode('1.0.0')], events);
  expect(line?.messages[1]?.content).not.toContain('Rules');
});

test('rollouts of one task share a group, validation episodes are left out, and every line is JSON of its own', () => {
  const text = chatJsonl('amber-kestrel', [episode('1.0.0'), episode('1.0.1', false), episode('1.1.0'), episode('eval1.0.0')], events);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { group_id: string; reward: number });
  expect(lines.map(({ group_id }) => group_id)).toEqual(['amber-kestrel/1.0', 'amber-kestrel/1.0', 'amber-kestrel/1.1']);
  expect(lines.map(({ reward }) => reward)).toEqual([1, 0, 1]);
  expect(text.endsWith('\n')).toBe(true);
});
