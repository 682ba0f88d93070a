import { expect, test } from 'vitest';
import { MOMENT, OnePress } from './one-press.ts';

function presses() {
  let time = 0;
  const done: ((name: string) => void)[] = [];
  const failed: ((error: Error) => void)[] = [];
  const press = new OnePress<string>(() => time);
  return {
    press,
    done,
    failed,
    wait: (milliseconds: number) => void (time += milliseconds),
    act: () =>
      new Promise<string>((yes, no) => {
        done.push(yes);
        failed.push(no);
      }),
  };
}

test('a second press while the first is being done, or within a moment, is the same press', async () => {
  const { press, done, wait, act } = presses();
  const first = press.once('train', act);
  expect(press.justNow).toBe(true);
  wait(10 * MOMENT);
  expect(press.once('train', act)).toBe(first);
  done[0]?.('mint-nightjar');
  expect(await first).toBe('mint-nightjar');
  expect(done).toHaveLength(1);

  const second = press.once('train', act);
  done[1]?.('pale-finch');
  await second;
  wait(MOMENT - 1);
  expect(press.once('train', act)).toBe(second);
  wait(1);
  expect(press.justNow).toBe(false);
  void press.once('train', act);
  expect(done).toHaveLength(3);
});

test('another kind of deed waits until the one under way is over, even where that fails', async () => {
  const { press, done, failed, act } = presses();
  const first = press.once('train', act);
  const other = press.once('wait', act);
  expect(done).toHaveLength(1);
  failed[0]?.(new Error('no room'));
  await expect(first).rejects.toThrow('no room');
  await expect.poll(() => done.length).toBe(2);
  done[1]?.('saffron-hobby');
  expect(await other).toBe('saffron-hobby');
  await press.rest();
});
