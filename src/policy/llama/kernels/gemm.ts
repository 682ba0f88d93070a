/** Matrix product in WebAssembly SIMD: C = A B for any strides, with B packed into panels of eight columns. */
import { branch, count, f32, i32, repeatWhile, v128 } from './assembler.ts';
import type { Assembler, Code, Local } from './assembler.ts';

/**
 * Rows and columns of one register tile. Ten accumulators, two vectors of B, one of A and a product fit the 15 vector
 * registers that V8 hands out; a sixth row spills and halves the speed.
 */
const tileRows = 5;
export const tileColumns = 8;
/** Rows of A, and depth, that stay in the first-level cache while all panels pass by. */
const blockRows = 50;
const blockDepth = 256;
/** Floats that `gemm` needs as scratch: one tile for ragged edges, and one block of a transposed A. */
export const gemmScratch = tileRows * tileColumns + blockRows * blockDepth;

/**
 * Adds `pack` and `gemm` to the module.
 *
 * pack(b, rowStride, columnStride, depth, columns, packed): B[k, n] at b + k rowStride + n columnStride (bytes);
 *   packed holds ceil(columns / 8) panels of [depth, 8], the last padded with zeros.
 * gemm(a, rowStride, depthStride, packed, packedDepth, c, cStride, rows, depth, columns, accumulate, scratch):
 *   C (+)= A B with A[m, k] at a + m rowStride + k depthStride. B may be packed deeper (packedDepth) than it is used, so
 *   that causal blocks share one packed B. A transposed A (rowStride 4) is copied block by block: its columns, often a
 *   power of two apart, would push each other out of the cache.
 */
export function addGemm(assembler: Assembler): void {
  assembler.kernel('pack', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [b, rowStride, columnStride, depth, columns, packed] = p as [Local, Local, Local, Local, Local, Local];
    const n = local('i32');
    const k = local('i32');
    const j = local('i32');
    const from = local('i32');
    const to = local('i32');
    const full = i32.ge(i32.sub(columns.get, n.get), i32.const(tileColumns));
    const contiguous = i32.eq(columnStride.get, i32.const(4));
    const advance = [...from.set(i32.add(from.get, rowStride.get)), ...to.set(i32.add(to.get, i32.const(4 * tileColumns)))];
    const copy = count(k, i32.const(0), depth.get, 1, [
      ...v128.store(to.get, v128.load(from.get)),
      ...v128.store(to.get, v128.load(from.get, 16), 16),
      ...advance,
    ]);
    const gather = count(k, i32.const(0), depth.get, 1, [
      ...Array.from({ length: tileColumns }, (_, lane) =>
        f32.store(to.get, f32.load(i32.add(from.get, i32.mul(columnStride.get, i32.const(lane)))), 4 * lane),
      ).flat(),
      ...advance,
    ]);
    const edge = count(k, i32.const(0), depth.get, 1, [
      ...count(
        j,
        i32.const(0),
        i32.const(tileColumns),
        1,
        branch(
          i32.lt(i32.add(n.get, j.get), columns.get),
          f32.store(i32.add(to.get, i32.shl(j.get, i32.const(2))), f32.load(i32.add(from.get, i32.mul(j.get, columnStride.get)))),
          f32.store(i32.add(to.get, i32.shl(j.get, i32.const(2))), f32.const(0)),
        ),
      ),
      ...advance,
    ]);
    return [
      ...to.set(packed.get),
      ...count(n, i32.const(0), columns.get, tileColumns, [
        ...from.set(i32.add(b.get, i32.mul(n.get, columnStride.get))),
        ...branch(full, branch(contiguous, copy, gather), edge),
      ]),
    ];
  });

  const tile = assembler.kernel('tile', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [a, rowStride, depthStride, panel, depth, c, cStride, rows, accumulate] = p as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const rowAt = Array.from({ length: tileRows }, () => local('i32'));
    const outAt = Array.from({ length: tileRows }, () => local('i32'));
    const sums = Array.from({ length: tileRows }, () => [local('v128'), local('v128')] as const);
    const b0 = local('v128');
    const b1 = local('v128');
    const x = local('v128');
    const end = local('i32');
    // One zero and one address per row for both halves: V8 then sees that they can be one 256-bit operation.
    const zero = local('v128');
    const begin: Code = [];
    rowAt.forEach((row, m) => {
      // Rows beyond the last repeat it: they are computed into scratch and never read.
      begin.push(...row.set(i32.add(a.get, i32.mul(rowStride.get, i32.min(i32.const(m), i32.sub(rows.get, i32.const(1)))))));
    });
    const load: Code = [];
    const clear: Code = zero.set(v128.splat(f32.const(0)));
    const store: Code = [];
    const step: Code = [...b0.set(v128.load(panel.get)), ...b1.set(v128.load(panel.get, 16))];
    sums.forEach(([s0, s1], m) => {
      const to = outAt[m] as Local;
      begin.push(...to.set(i32.add(c.get, i32.mul(cStride.get, i32.const(m)))));
      load.push(...s0.set(v128.load(to.get)), ...s1.set(v128.load(to.get, 16)));
      clear.push(...s0.set(zero.get), ...s1.set(zero.get));
      store.push(...v128.store(to.get, s0.get), ...v128.store(to.get, s1.get, 16));
      const row = rowAt[m] as Local;
      step.push(
        ...x.set(v128.splatLoad(row.get)),
        ...row.set(i32.add(row.get, depthStride.get)),
        ...s0.set(v128.add(s0.get, v128.mul(x.get, b0.get))),
        ...s1.set(v128.add(s1.get, v128.mul(x.get, b1.get))),
      );
    });
    return [
      ...begin,
      ...branch(accumulate.get, load, clear),
      ...end.set(i32.add(panel.get, i32.shl(depth.get, i32.const(5)))),
      ...repeatWhile(i32.lt(panel.get, end.get), [...step, ...panel.set(i32.add(panel.get, i32.const(32)))]),
      ...store,
    ];
  });

  /** Copies the part of the scratch tile that exists between scratch and C. */
  const copyEdge = assembler.kernel('copyEdge', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [to, toStride, from, fromStride, rows, columns] = p as [Local, Local, Local, Local, Local, Local];
    const m = local('i32');
    const n = local('i32');
    return count(m, i32.const(0), rows.get, 1, [
      ...count(
        n,
        i32.const(0),
        i32.shl(columns.get, i32.const(2)),
        4,
        f32.store(i32.add(to.get, n.get), f32.load(i32.add(from.get, n.get))),
      ),
      ...to.set(i32.add(to.get, toStride.get)),
      ...from.set(i32.add(from.get, fromStride.get)),
    ]);
  });

  assembler.kernel(
    'gemm',
    Array.from({ length: 12 }, () => 'i32' as const),
    null,
    (p, local) => {
      const [a, rowStride, depthStride, packed, packedDepth, c, cStride, rows, depth, columns, accumulate, scratch] = p as [
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
      ];
      const k = local('i32');
      const kSize = local('i32');
      const block = local('i32');
      const blockEnd = local('i32');
      const n = local('i32');
      const m = local('i32');
      const adding = local('i32');
      const panel = local('i32');
      const mSize = local('i32');
      const nSize = local('i32');
      const cAt = local('i32');
      const aAt = local('i32');
      const aBlock = local('i32');
      const stride = local('i32');
      const from = local('i32');
      const to = local('i32');
      const blockBytes = i32.shl(i32.sub(blockEnd.get, block.get), i32.const(2));
      const move = (bytes: number, one: Code): Code =>
        repeatWhile(i32.lt(m.get, i32.sub(blockBytes, i32.const(bytes - 1))), [...one, ...m.set(i32.add(m.get, i32.const(bytes)))]);
      const copyBlock: Code = [
        ...aBlock.set(i32.add(scratch.get, i32.const(4 * tileRows * tileColumns))),
        ...stride.set(i32.const(4 * blockRows)),
        ...from.set(i32.add(i32.add(a.get, i32.shl(block.get, i32.const(2))), i32.mul(k.get, depthStride.get))),
        ...to.set(aBlock.get),
        ...count(n, i32.const(0), kSize.get, 1, [
          ...m.set(i32.const(0)),
          ...move(16, v128.store(i32.add(to.get, m.get), v128.load(i32.add(from.get, m.get)))),
          ...move(4, f32.store(i32.add(to.get, m.get), f32.load(i32.add(from.get, m.get)))),
          ...from.set(i32.add(from.get, depthStride.get)),
          ...to.set(i32.add(to.get, stride.get)),
        ]),
      ];
      const useBlock: Code = [
        ...aBlock.set(i32.add(i32.add(a.get, i32.mul(block.get, rowStride.get)), i32.mul(k.get, depthStride.get))),
        ...stride.set(depthStride.get),
      ];
      const scratchStride = i32.const(4 * tileColumns);
      const isFull = i32.and(i32.eq(mSize.get, i32.const(tileRows)), i32.eq(nSize.get, i32.const(tileColumns)));
      const oneTile: Code = [
        ...mSize.set(i32.min(i32.const(tileRows), i32.sub(rows.get, m.get))),
        ...cAt.set(i32.add(i32.add(c.get, i32.mul(m.get, cStride.get)), i32.shl(n.get, i32.const(2)))),
        ...aAt.set(i32.add(aBlock.get, i32.mul(i32.sub(m.get, block.get), rowStride.get))),
        ...branch(isFull, tile(aAt.get, rowStride.get, stride.get, panel.get, kSize.get, cAt.get, cStride.get, mSize.get, adding.get), [
          ...branch(adding.get, copyEdge(scratch.get, scratchStride, cAt.get, cStride.get, mSize.get, nSize.get)),
          ...tile(aAt.get, rowStride.get, stride.get, panel.get, kSize.get, scratch.get, scratchStride, mSize.get, adding.get),
          ...copyEdge(cAt.get, cStride.get, scratch.get, scratchStride, mSize.get, nSize.get),
        ]),
      ];
      return [
        ...adding.set(accumulate.get),
        ...count(k, i32.const(0), depth.get, blockDepth, [
          ...kSize.set(i32.min(i32.const(blockDepth), i32.sub(depth.get, k.get))),
          ...count(block, i32.const(0), rows.get, blockRows, [
            ...blockEnd.set(i32.min(rows.get, i32.add(block.get, i32.const(blockRows)))),
            ...branch(i32.eq(rowStride.get, i32.const(4)), copyBlock, useBlock),
            ...count(n, i32.const(0), columns.get, tileColumns, [
              ...nSize.set(i32.min(i32.const(tileColumns), i32.sub(columns.get, n.get))),
              // Panel n / 8 starts at n * packedDepth floats; depth k of it at 8 k floats.
              ...panel.set(
                i32.add(packed.get, i32.shl(i32.add(i32.mul(n.get, packedDepth.get), i32.shl(k.get, i32.const(3))), i32.const(2))),
              ),
              ...count(m, block.get, blockEnd.get, tileRows, oneTile),
            ]),
          ]),
          ...adding.set(i32.const(1)),
        ]),
      ];
    },
  );
}
