/** Generated homes as files, laid out as in the official download, so that this loader and the original's find them. */
import type { Game } from './game.ts';
import { taskTypes } from './game.ts';
import type { GeneratedSplit, GeneratorOptions } from './generator.ts';
import { searchGame } from './generator.ts';
import { writeGameFile } from './writer.ts';

/** What the original calls the three roles. */
const folders: Record<GeneratedSplit, string> = { training: 'train', validation: 'valid_seen', test: 'valid_unseen' };

/** The description beside a game; the original's loader looks for it first and reads its task type. */
function description(game: Game, number: number, seed: number): string {
  const { family, object, target } = game.goal;
  return JSON.stringify({
    task_id: trial(number, seed),
    task_type: taskTypes[family],
    pddl_params: {
      object_target: object,
      parent_target: family === 'look' ? '' : target,
      toggle_target: family === 'look' ? target : '',
      mrecep_target: '',
      object_sliced: false,
    },
    scene: { floor_plan: 'generated', scene_num: number, random_seed: seed },
  });
}

const trial = (number: number, seed: number): string => `trial_G${seed}_${String(number).padStart(6, '0')}`;

/** The two files of one home, by path. @yields now and then how many homes were tried. */
export function* searchHomeFiles(
  split: GeneratedSplit,
  number: number,
  options: GeneratorOptions,
): Generator<number, [path: string, text: string][]> {
  const game = yield* searchGame(split, number, options);
  const { family, object, target } = game.goal;
  const folder = `json_2.1.1/${folders[split]}/${taskTypes[family]}-${object}-None-${target}-${number}/${trial(number, options.seed)}`;
  return [
    [`${folder}/game.tw-pddl`, writeGameFile(game)],
    [`${folder}/traj_data.json`, description(game, number, options.seed)],
  ];
}
