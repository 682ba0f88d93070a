import { expect, test } from 'vitest';
import type { Game } from './game.ts';
import { generateGame } from './generator.ts';
import { GameFiles, GeneratedHomes } from './world.ts';

const games = (split: string, count: number): Game[] =>
  Array.from({ length: count }, (_, n) => ({
    ...generateGame('training', n, { seed: 2, maxReceptacles: 6 }),
    id: `${split}/task/trial_${n}`,
  }));

function idsOf(world: GameFiles, split: string): string[] {
  return Array.from({ length: world.splits[split] ?? 0 }, (_, i) => world.task(split, i).id);
}

test('folders become roles: train folders train, valid_seen validates, valid_unseen tests', async () => {
  const all = ['train', 'valid_train', 'valid_seen', 'valid_unseen'].flatMap((split) => games(split, 4));
  const world = await GameFiles.create('games.zip', all);
  expect(world.splits).toEqual({ train: 4, valid_train: 4, valid_seen: 4, valid_unseen: 4, training: 8, validation: 4, test: 4 });
  expect(idsOf(world, 'validation')).toEqual(idsOf(world, 'valid_seen'));
  expect(world.note).toContain('validation plays valid_seen');
});

test('without a validation folder a fifth is set aside; training and validation never overlap', async () => {
  const world = await GameFiles.create('games.zip', games('train', 20));
  const [training, validation] = [idsOf(world, 'training'), idsOf(world, 'validation')];
  expect([training.length, validation.length]).toEqual([16, 4]);
  expect(training.filter((id) => validation.includes(id))).toEqual([]);
  expect(world.note).toContain('4 of 20 games were set aside');
});

test('the hash follows content and not the order of files', async () => {
  const list = games('train', 5);
  const hash = async (g: Game[], wording?: '0.3'): Promise<string> => (await GameFiles.create('x', g, wording)).hash;
  expect(await hash(list)).toBe(await hash([...list].reverse()));
  expect(await hash(list)).not.toBe(await hash(list.slice(1)));
  expect(await hash(list)).not.toBe(await hash(list, '0.3'));
});

test('generated homes: tasks reopen from their id, equal options give equal hashes', async () => {
  const world = await GeneratedHomes.create({ seed: 1 });
  const task = world.task('validation', 3);
  expect(task).toMatchObject({ env: 'alfworld', id: 'generated/validation/3' });
  expect(world.open(task).first.text).toContain(`Your task is to: ${task.goal}.`);
  expect((await GeneratedHomes.create({ seed: 1 })).hash).toBe(world.hash);
  expect((await GeneratedHomes.create({ seed: 2 })).hash).not.toBe(world.hash);
});

test('an unknown split, index or id is refused with a sentence that names it', async () => {
  const world = await GameFiles.create('games.zip', games('train', 5));
  expect(() => world.task('exam', 0)).toThrow('There is no split "exam"; this world has training, validation.');
  expect(() => world.task('training', 99)).toThrow('Game 99 of split "training" does not exist; it holds 4 games');
  expect(() => world.open({ env: 'alfworld', id: 'train/x/y', family: 'pick', goal: '' })).toThrow('games.zip has no game "train/x/y"');
  await expect(GameFiles.create('empty.zip', [])).rejects.toThrow('empty.zip holds no games');
});
