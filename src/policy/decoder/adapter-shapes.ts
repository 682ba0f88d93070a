/** Which arrays an adapter on frozen weights has, and of what shape: known without the weights. */
import { sizeOf } from '../llama/config.ts';
import { allWeights, finalNorm, layerWeights, linearNames, type DecoderConfig, type WeightShape } from '../mlc/architecture.ts';
import { isQuantised } from '../mlc/format.ts';
import { groupsOf } from '../mlc/groups.ts';

export type AdapterKind = 'lora' | 'scale';

/** Of a language model's adapter, unless a setting says otherwise. */
export const defaultRank = 8;

export const kindFor = ({ quantisation }: Pick<DecoderConfig, 'quantisation'>): AdapterKind =>
  isQuantised(quantisation) ? 'scale' : 'lora';

/** Names and shapes of all trainable arrays of a fresh adapter, with the layer that each belongs to; the final norm stands after the last. */
export function adapterParts(config: WeightShape, kind: AdapterKind, rank: number): { layer: number; name: string; shape: number[] }[] {
  const shapes = new Map(allWeights(config).map(({ name, shape }) => [name, shape]));
  const list: { layer: number; name: string; shape: number[] }[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    for (const name of linearNames(config, layer)) {
      const [n, k] = shapes.get(name) as [number, number];
      if (kind === 'lora')
        list.push({ layer, name: `${name}.lora_a`, shape: [k, rank] }, { layer, name: `${name}.lora_b`, shape: [rank, n] });
      else list.push({ layer, name: `${name}.scale_a`, shape: [rank, groupsOf(k)] }, { layer, name: `${name}.scale_b`, shape: [n, rank] });
    }
    if (kind === 'scale') {
      for (const { name, shape } of layerWeights(config, layer)) if (shape.length === 1) list.push({ layer, name: `${name}.delta`, shape });
    }
  }
  if (kind === 'scale') list.push({ layer: config.layers, name: `${finalNorm}.delta`, shape: [config.width] });
  return list;
}

export const adapterParameters = (config: WeightShape & Pick<DecoderConfig, 'quantisation'>, rank: number): number =>
  adapterParts(config, kindFor(config), rank).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
