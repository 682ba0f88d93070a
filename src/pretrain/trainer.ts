/** Pre-training of all weights on demonstrations: data-parallel, resumable, the same result for the same seed and workers. */
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { Rng } from '../lib/rng.ts';
import { useWideVectors } from '../lib/wide-vectors.node.ts';
import { clipByGlobalNorm } from '../policy/adamw.ts';
import { openBackend } from '../policy/backend.ts';
import type { BackendName } from '../policy/backend.ts';
import { checkConfig } from '../policy/llama/config.ts';
import type { LlamaConfig } from '../policy/llama/config.ts';
import { initialWeights } from '../policy/llama/flat.ts';
import { cutBatches, lossWeight } from './batches.ts';
import type { Sequence } from './batches.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Identity } from './checkpoint.ts';
import { openLog } from './log-file.ts';
import { Muon, defaultMuon } from './muon.ts';
import type { MuonOptions } from './muon.ts';
import { GradientPool } from './pool.ts';
import type { Success } from './success.ts';

export interface TrainingLog {
  step: number;
  /** Mean cross-entropy per loss token in nats, averaged over recent steps. */
  loss: number;
  gradNorm: number;
  /** Share of the top learning rate in force. */
  factor: number;
  tokens: number;
  tokensPerSecond: number;
  /** Seconds until the budget is spent at the present speed. */
  eta: number;
}

export interface SuccessLog extends Success {
  step: number;
  tokens: number;
}

export interface TrainingOptions {
  config: LlamaConfig;
  /** Sequences of step 0, 1, 2, ...; must depend on the step alone, so that a resumed run sees what it would have seen. */
  nextBatch: (step: number) => Sequence[];
  /** Ends after this many steps, or when this many tokens were read, whichever is given. */
  budget: { steps: number } | { tokens: number };
  seed?: number;
  /** Other backends than wasm compute in the calling thread; `navigator.gpu` must be there for webgpu. */
  backend?: BackendName;
  /** Threads on wasm; 0 computes in the calling thread. */
  workers?: number;
  /** Most padded tokens of one micro-batch. */
  microTokens?: number;
  optimiser?: Partial<MuonOptions>;
  maxGradNorm?: number;
  /** Share of the budget with rising, and with falling, learning rate; in between it is constant. */
  warmup?: number;
  cooldown?: number;
  /** Starting weights (flat); drawn from the seed when absent. */
  initial?: Float32Array;
  /** Plays with the weights of the moment, in this thread or others; asked at every tenth of the budget and at the end. */
  measure?: (weights: Float32Array) => Promise<Success>;
  onSuccess?: (success: SuccessLog) => void;
  /** Folder of the checkpoint and of the log as JSON lines; none is written when absent. */
  checkpointDir?: string;
  checkpointMinutes?: number;
  /** Names data and settings beyond seed and model; a checkpoint of others is refused. */
  identity?: Identity;
  onLog?: (log: TrainingLog) => void;
  logSeconds?: number;
  clock?: Clock;
  /** Checked between steps; when true, training stops after writing a checkpoint. */
  stop?: () => boolean;
}

export interface TrainingResult {
  weights: Float32Array;
  step: number;
  tokens: number;
  loss: number;
  /** False when `stop` ended it early. */
  finished: boolean;
}

/** How many times the success is measured. */
const MEASUREMENTS = 10;

/** Trapezoid: linear up, constant, linear down to a twentieth. */
export function scheduleFactor(progress: number, warmup: number, cooldown: number): number {
  if (progress < warmup) return Math.max(0.01, progress / warmup);
  if (progress > 1 - cooldown) return Math.max(0.05, (1 - progress) / cooldown);
  return 1;
}

export async function trainModel(options: TrainingOptions): Promise<TrainingResult> {
  const {
    config,
    nextBatch,
    budget,
    seed = 1,
    backend = 'wasm',
    workers = 2,
    microTokens = 2048,
    maxGradNorm = 1,
    warmup = 0.02,
    cooldown = 0.4,
    checkpointDir,
    checkpointMinutes = 3,
    measure,
    onSuccess,
    onLog,
    logSeconds = 5,
    clock = systemClock,
    stop = () => false,
  } = options;
  checkConfig(config);
  useWideVectors();
  await openBackend(backend);
  const identity = { ...options.identity, seed, ...config };
  let weights = options.initial ?? initialWeights(config, new Rng(seed));
  let step = 0;
  let tokens = 0;
  let moments: [Float32Array, Float32Array] | null = null;
  const resumed = checkpointDir ? loadCheckpoint(checkpointDir, identity) : null;
  if (resumed) {
    const [w, m, v] = resumed.arrays as [Float32Array, Float32Array, Float32Array];
    weights = w;
    moments = [m, v];
    ({ step, tokens } = resumed);
  }
  const pool = GradientPool.open(config, weights, backend === 'wasm' ? workers : 0);
  const optimiser = new Muon(config, { ...defaultMuon, ...options.optimiser }, pool.direction, () => pool.orthogonalise());
  if (moments) {
    optimiser.m.set(moments[0]);
    optimiser.v.set(moments[1]);
  }
  const save = () => {
    if (checkpointDir) saveCheckpoint(checkpointDir, { identity, step, tokens, arrays: [pool.weights, optimiser.m, optimiser.v] });
  };
  const progress = () => ('steps' in budget ? step / budget.steps : tokens / budget.tokens);
  const write = checkpointDir ? openLog(checkpointDir, step) : () => {};
  const started = { seconds: clock.seconds(), tokens, progress: progress() };
  /** Seconds spent on measuring success. */
  let measuring = 0;
  const part = () => Math.floor(progress() * MEASUREMENTS);
  let measured = part();
  let lastLog = started.seconds;
  let lastSave = started.seconds;
  let recent = NaN;
  let stopped = false;
  let prefetched: Sequence[] | null = null;
  try {
    while (progress() < 1 && !(stopped = stop())) {
      const sequences = prefetched ?? nextBatch(step);
      prefetched = null;
      const total = sequences.reduce((sum, s) => sum + lossWeight(s), 0);
      if (total === 0) {
        step++;
        continue;
      }
      const lists = cutBatches(sequences, microTokens, pool.size, config.context);
      const running = pool.run(lists, 1 / total);
      // Threads, or the graphics card, are busy now: the next batch is made meanwhile.
      prefetched = nextBatch(step + 1);
      const { loss, gradient } = await running;
      if (!Number.isFinite(loss)) throw new Error(`The loss became ${loss} at step ${step}; lower the learning rate.`);
      const gradNorm = clipByGlobalNorm([gradient], maxGradNorm);
      const factor = scheduleFactor(progress(), warmup, cooldown);
      await optimiser.step(pool.weights, gradient, step + 1, factor);
      step++;
      for (const s of sequences) tokens += s.ids.length;
      recent = Number.isNaN(recent) ? loss : 0.95 * recent + 0.05 * loss;
      const now = clock.seconds();
      if (now - lastLog >= logSeconds || progress() >= 1) {
        const elapsed = now - started.seconds;
        const entry = {
          step,
          loss: recent,
          gradNorm,
          factor,
          tokens,
          tokensPerSecond: (tokens - started.tokens) / (elapsed - measuring),
          eta: Math.max(0, (elapsed * (1 - progress())) / (progress() - started.progress)),
        };
        write(entry);
        onLog?.(entry);
        lastLog = now;
      }
      // Before the checkpoint, which thus says that it was done.
      if (measure && part() > measured) {
        measured = part();
        const entry = { step, tokens, ...(await measure(pool.weights.slice())) };
        write(entry);
        onSuccess?.(entry);
        measuring += clock.seconds() - now;
      }
      if (now - lastSave >= checkpointMinutes * 60) {
        save();
        lastSave = now;
      }
    }
    save();
    return { weights: pool.weights.slice(), step, tokens, loss: recent, finished: !stopped };
  } finally {
    await pool.close();
  }
}
