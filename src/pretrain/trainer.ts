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
  /** Since this start: a training that goes on does not count what it read before. */
  tokensPerSecond: number;
  /** Seconds until the budget is spent at the present speed. */
  eta: number;
}

/** Told when a training begins or goes on, before its first step. */
export interface StartLog {
  step: number;
  tokens: number;
  /** Steps in all; of a budget of tokens as many as the steps so far let expect, null before the first. */
  steps: number | null;
  backend: BackendName;
  workers: number;
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
  /** Threads on wasm; 0 computes in the calling thread. Their number and the backend change last digits, so a checkpoint is of them. */
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
  /**
   * Plays with the weights of the moment, in this thread or others; asked as the budget is spent in equal parts, at last at
   * the end. Null when it gave up because of `stopping`: it is then asked again when the training goes on.
   */
  measure?: (weights: Float32Array, stopping: () => boolean) => Promise<Success | null>;
  /** How many times. */
  measurements?: number;
  onStart?: (start: StartLog) => void;
  onSuccess?: (success: SuccessLog) => void;
  /** Folder of the checkpoint and of the log as JSON lines; none is written when absent. */
  checkpointDir?: string;
  checkpointMinutes?: number;
  /** Names data and settings beyond seed and model; a checkpoint of others is refused. */
  identity?: Identity;
  onLog?: (log: TrainingLog) => void;
  logSeconds?: number;
  clock?: Clock;
  /** Checked between steps and while success is measured; when true, training stops after writing a checkpoint. */
  stop?: () => boolean;
}

export interface TrainingResult {
  weights: Float32Array;
  step: number;
  tokens: number;
  /** Smoothed over recent steps; null before the first. */
  loss: number | null;
  /** Threads that computed. */
  workers: number;
  /** False when `stop` ended it early. */
  finished: boolean;
}

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
    measurements = 10,
    onStart,
    onSuccess,
    onLog,
    logSeconds = 5,
    clock = systemClock,
    stop = () => false,
  } = options;
  checkConfig(config);
  useWideVectors();
  await openBackend(backend);
  const threads = backend === 'wasm' ? workers : 0;
  // The calling thread computes what one thread does.
  const identity = { ...options.identity, backend, workers: Math.max(1, threads), seed, ...config };
  let weights = options.initial ?? initialWeights(config, new Rng(seed));
  let step = 0;
  let tokens = 0;
  let recent: number | null = null;
  /** How many measurements of success were done. */
  let measured = 0;
  let moments: [Float32Array, Float32Array] | null = null;
  const resumed = checkpointDir ? loadCheckpoint(checkpointDir, identity, weights.length) : null;
  if (resumed) {
    const [w, m, v] = resumed.arrays as [Float32Array, Float32Array, Float32Array];
    weights = w;
    moments = [m, v];
    ({ step, tokens, loss: recent, measured } = resumed);
  }
  const pool = GradientPool.open(config, weights, threads);
  const optimiser = new Muon(config, { ...defaultMuon, ...options.optimiser }, pool.direction, () => pool.orthogonalise());
  if (moments) {
    optimiser.m.set(moments[0]);
    optimiser.v.set(moments[1]);
  }
  const save = () => {
    if (!checkpointDir) return;
    saveCheckpoint(checkpointDir, {
      identity,
      step,
      tokens,
      loss: recent,
      measured,
      arrays: [pool.weights, optimiser.m, optimiser.v],
    });
  };
  const progress = () => ('steps' in budget ? step / budget.steps : tokens / budget.tokens);
  const write = checkpointDir ? openLog(checkpointDir, step) : () => {};
  const started = { seconds: clock.seconds(), tokens, progress: progress() };
  /** Seconds spent on measuring success. */
  let measuring = 0;
  let lastLog = started.seconds;
  let lastSave = started.seconds;
  let stopped = false;
  const stopping = () => (stopped ||= stop());
  const measureWhenDue = async () => {
    const part = Math.floor(progress() * measurements);
    if (!measure || part <= measured) return;
    const from = clock.seconds();
    const success = await measure(pool.weights.slice(), stopping);
    measuring += clock.seconds() - from;
    if (!success) {
      stopped = true;
      return;
    }
    measured = part;
    const entry = { step, tokens, ...success };
    write(entry);
    onSuccess?.(entry);
  };
  const all = 'steps' in budget ? budget.steps : step > 0 ? Math.max(step, Math.round(step / progress())) : null;
  const start = { step, tokens, steps: all, backend, workers: identity.workers };
  write(start);
  onStart?.(start);
  let prefetched: Sequence[] | null = null;
  try {
    // One that the stop before cut short.
    await measureWhenDue();
    while (progress() < 1 && !stopping()) {
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
      recent = recent === null ? loss : 0.95 * recent + 0.05 * loss;
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
      await measureWhenDue();
      if (now - lastSave >= checkpointMinutes * 60) {
        save();
        lastSave = now;
      }
    }
    save();
    return { weights: pool.weights.slice(), step, tokens, loss: recent, workers: identity.workers, finished: !stopped };
  } finally {
    await pool.close();
  }
}
