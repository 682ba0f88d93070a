/** The training step on tfjs: this project's kernels where the backend has them registered, else tfjs's own ops. */
import * as tf from '@tensorflow/tfjs';
import { adamW } from '../../policy/adamw.ts';
import type { LlamaConfig } from '../../policy/llama/config.ts';
import { flatLayout, variablesOf } from '../../policy/llama/flat.ts';
import { DeviceAdamW, hasDeviceAdamW } from '../../policy/llama/kernels/adamw.ts';
import { chosenLogprobs } from '../../policy/llama/kernels/cross-entropy.ts';
import { ropeTable } from '../../policy/llama/kernels/rope.ts';
import { forwardPacked, headLogits, plainLinear } from '../../policy/llama/model.ts';
import { evenSegments } from '../../policy/llama/packing.ts';
import type { Peer, PeerBatch } from './peer.ts';

export function tfjsPeer(config: LlamaConfig, initial: Float32Array, { ids, targets, batch, time }: PeerBatch): Peer {
  const flat = initial.slice();
  const variables = variablesOf(config, flat);
  const list = Object.values(variables);
  const table = ropeTable(time, config.headWidth, config.ropeTheta);
  const packed = { ids_M: ids, positions_M: ids.map((_, i) => i % time), segments: evenSegments(batch, time) };
  const moments = { m: new Float32Array(flat.length), v: new Float32Array(flat.length) };
  const every = Int32Array.from(ids, (_, i) => i);
  const options = { learningRate: 1e-3, weightDecay: 0.01 };
  const zeros = () => list.map(({ size }) => new Float32Array(size));
  const device = hasDeviceAdamW()
    ? new DeviceAdamW(
        list,
        zeros().map((m, i) => ({ m, v: zeros()[i] as Float32Array })),
      )
    : null;
  let count = 0;
  return {
    step: async () => {
      count++;
      const { value, grads } = tf.variableGrads(() => {
        const hidden = forwardPacked(config, variables, plainLinear(variables), table, packed, every);
        return chosenLogprobs(headLogits(variables, hidden), tf.tensor1d(targets, 'int32')).mean().neg() as tf.Scalar;
      }, list);
      if (device) {
        device.add(list.map(({ name }) => grads[name] as tf.Tensor));
        await device.step(count, Infinity, options);
        const loss = ((await value.data()) as Float32Array)[0] as number;
        tf.dispose([value, grads]);
        return loss;
      }
      const gradient = new Float32Array(flat.length);
      for (const { name, offset } of flatLayout(config)) {
        gradient.set((await grads[(variables[name] as tf.Variable).name]?.data()) as Float32Array, offset);
      }
      adamW(flat, gradient, moments, count, options);
      for (const { name, shape, offset, size } of flatLayout(config)) {
        const fresh = tf.tensor(flat.slice(offset, offset + size), shape);
        (variables[name] as tf.Variable).assign(fresh);
        fresh.dispose();
      }
      const loss = ((await value.data()) as Float32Array)[0] as number;
      tf.dispose([value, grads]);
      return loss;
    },
    close: () => {
      device?.dispose();
      tf.dispose([variables, table.cos, table.sin, table.minusSin]);
    },
  };
}
