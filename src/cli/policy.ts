/** Opens a policy from its folder below public/models, in Node. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../lib/errors.ts';
import { openBackend, type BackendName } from '../policy/backend.ts';
import { LlamaPolicy } from '../policy/llama/policy.ts';
import { folderSource } from '../policy/mlc/files.node.ts';
import { readMlc } from '../policy/mlc/read.ts';
import type { Policy } from '../policy/policy.ts';
import { UniformPolicy } from '../policy/uniform.ts';

const models = fileURLToPath(new URL('../../public/models', import.meta.url));

/** @param name a folder of public/models, or `uniform` for chance. */
export async function openPolicy(name: string, backend: string): Promise<Policy> {
  if (name === 'uniform') return new UniformPolicy();
  const known = await readdir(models);
  if (!known.includes(name)) throw new UserError(`There is no policy named "${name}"; public/models has ${known.join(', ')}, and uniform is chance.`);
  const opened = await openBackend(backend as BackendName);
  return new LlamaPolicy({ name, model: await readMlc(folderSource(join(models, name))), backend: opened });
}
