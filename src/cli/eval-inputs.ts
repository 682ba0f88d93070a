/** What `npm run eval` plays: the games of a split, and a run that must fit the environment and the policy. */
import type { EnvHost } from '../envs/env.ts';
import { makePanel, type Panel } from '../envs/panel.ts';
import { UserError } from '../lib/errors.ts';
import type { PolicyInfo } from '../policy/policy.ts';
import { readRun, type ImportedRun } from '../storage/transfer.ts';
import { readText } from './terminal.ts';

/** @throws UserError when it cannot be read, or learnt in another environment. */
export async function openRun(path: string, env: string): Promise<ImportedRun> {
  const { run } = readRun(await readText(path), path);
  const { id, config } = run.manifest;
  if (config.env !== env)
    throw new UserError(`The run ${id} in ${path} learnt in ${config.env}, not in ${env}; write --env ${config.env}.`);
  return run;
}

/** An adapter changes the weights that it was trained on, and no others. @throws UserError when these are others. */
export function checkWeights({ manifest }: ImportedRun, policy: PolicyInfo): void {
  const { id, policy: own } = manifest;
  const named = ({ name, hash }: Pick<PolicyInfo, 'name' | 'hash'>) => `${name} ${hash.slice(0, 8)}`;
  if (own.hash !== policy.hash)
    throw new UserError(
      `The run ${id} changed the weights of ${named(own)}, and these are ${named(policy)}; give the policy that it began from to --policy, or play its rules alone with --adapter off.`,
    );
}

const roles = ['training', 'validation', 'test'];

/**
 * The tasks of a split. A folder whose games are those of a role is named by the role: the hash of a panel holds the name of its
 * split, and equal games are to have equal hashes, those of the runs themselves.
 */
export async function panelOf(host: EnvHost, split: string, limit: number): Promise<Panel> {
  const panel = await makePanel(host, split, limit);
  const { splits } = await host.info();
  for (const role of roles.includes(split) ? [] : roles.filter((role) => splits[role] === splits[split])) {
    const same = await makePanel(host, role, limit);
    if (same.tasks.every(({ id }, i) => id === panel.tasks[i]?.id)) return same;
  }
  return panel;
}
