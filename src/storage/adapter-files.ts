/** Adapters as files: this project's own form for every kind, PEFT's two files for LoRA; read back from either, zipped or not. */
import { strFromU8, unzipSync, zipSync } from 'fflate';
import * as v from 'valibot';
import { sentence, UserError } from '../lib/errors.ts';
import { adapterConfigFile, adapterWeightsFile, fromPeft, toPeft } from '../policy/decoder/peft.ts';
import { huggingFaceName } from '../policy/mlc/model-names.ts';
import type { DecoderShape } from '../policy/mlc/architecture.ts';
import type { AdapterState, PolicyInfo } from '../policy/policy.ts';
import { adapterShape, base64 } from './shapes.ts';

const format = 'jerp-lab adapter';

/** Our own form: everything, the optimiser's moments too, so that training goes on as if it had not stopped. */
export function adapterToText(policy: PolicyInfo, adapter: AdapterState): string {
  const { name, hash } = policy;
  return JSON.stringify({ format, version: 1, policy: { name, hash }, adapter }, (_key, value: unknown) =>
    value instanceof Float32Array ? base64(value) : value,
  );
}

/** PEFT's two files. @throws UserError for an adapter that is not LoRA, or of a run that does not say of what shape its model is */
export function peftFiles(policy: PolicyInfo, adapter: AdapterState): Map<string, Uint8Array> {
  if (Object.keys(adapter.tensors).length === 0)
    throw new UserError(
      `${policy.name} is a model that nothing here can train; the run learnt rules only, and there is no adapter to take along.`,
    );
  if (!policy.decoder)
    throw new UserError(
      `The run does not say what shape its model ${policy.name} has; train one more iteration here, then export it again.`,
    );
  return toPeft(policy.decoder, adapter, huggingFaceName(policy.name));
}

/** The same as one file to download; `peft` loads the folder that it unpacks to. */
export function peftZip(policy: PolicyInfo, adapter: AdapterState): Uint8Array {
  // Weights do not compress.
  return zipSync(Object.fromEntries(peftFiles(policy, adapter)), { level: 0 });
}

export interface NamedBytes {
  /** With or without folders before it. */
  name: string;
  bytes: Uint8Array;
}

/** Does a file name speak of an adapter? Own adapters are JSON like runs and are told apart by their first words. */
export const isAdapterFile = (name: string, beginning: string): boolean =>
  /\.(safetensors|zip)$/i.test(name) || name.endsWith(adapterConfigFile) || beginning.includes(`"format":"${format}"`);

/**
 * An adapter from our own file, from PEFT's two, or from a zip with either.
 * @param policy the model that it shall belong to
 * @throws UserError with one sentence saying what is wrong with the files or does not fit the model
 */
export function readAdapter(files: readonly NamedBytes[], policy: PolicyInfo): AdapterState {
  const all = files.flatMap((file) => (/\.zip$/i.test(file.name) ? unzipped(file) : [file]));
  const own = all.find(({ name, bytes }) => name.endsWith('.json') && isAdapterFile('', strFromU8(bytes.subarray(0, 200))));
  if (own) return readOwn(own, policy);
  const found = new Map<string, Uint8Array>();
  for (const { name, bytes } of all) {
    const plain = name.slice(name.lastIndexOf('/') + 1);
    if (plain !== adapterConfigFile && plain !== adapterWeightsFile) continue;
    if (found.has(plain)) throw new UserError(`There are two files ${plain}; choose the files of one adapter.`);
    found.set(plain, bytes);
  }
  if (found.size === 0) {
    const names = all.map(({ name }) => name).slice(0, 3);
    throw new UserError(
      `${names.join(', ') || 'The choice'} holds no adapter; give ${adapterConfigFile} with ${adapterWeightsFile}, a zip with both, or an adapter that jerp-lab exported.`,
    );
  }
  return fromPeft(shapeOfModel(policy), found, huggingFaceName(policy.name));
}

function shapeOfModel({ name, decoder }: PolicyInfo): DecoderShape {
  if (!decoder) throw new UserError(`${name} takes no adapter; open another model.`);
  return decoder;
}

function unzipped({ name, bytes }: NamedBytes): NamedBytes[] {
  try {
    return Object.entries(unzipSync(bytes)).map(([inner, content]) => ({ name: inner, bytes: content }));
  } catch (error) {
    throw new UserError(`${name} is no zip that can be read (${sentence(error)}).`);
  }
}

function readOwn({ name, bytes }: NamedBytes, policy: PolicyInfo): AdapterState {
  let value: unknown;
  try {
    value = JSON.parse(strFromU8(bytes));
  } catch {
    throw new UserError(`${name} is not JSON; it may have been cut off. Export the adapter again.`);
  }
  const found = v.safeParse(
    v.object({ version: v.number(), policy: v.object({ name: v.string(), hash: v.string() }), adapter: adapterShape }),
    value,
  );
  if (!found.success) throw new UserError(`${name} is a damaged adapter (${found.issues[0].message}); export it again.`);
  const { version, policy: made, adapter } = found.output;
  if (version > 1)
    throw new UserError(
      `${name} was written by a newer jerp-lab (version ${version} of the format, this one reads 1); update this copy to read it.`,
    );
  if (made.hash !== policy.hash)
    throw new UserError(
      `${name} belongs to ${made.name} with weights ${made.hash.slice(0, 8)}, but ${policy.name} with weights ${policy.hash.slice(0, 8)} is open; open that model first.`,
    );
  return adapter;
}
