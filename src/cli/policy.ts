/** Opens a policy from its folder below public/models, in Node. */
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
  if (!/^[\w.-]+$/.test(name)) throw new UserError(`"${name}" is not the name of a policy; give a folder of public/models, such as tiny.`);
  const opened = await openBackend(backend as BackendName);
  return new LlamaPolicy({ name, model: await readMlc(folderSource(join(models, name))), backend: opened });
}
