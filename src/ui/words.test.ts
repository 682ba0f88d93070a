import { expect, test } from 'vitest';
import { contradictions, curve, digits, loop, percents, sentences, shortened, signed, reach, timeline } from './text.ts';

test('one of a thing is not called several', () => {
  const one = [
    loop.episodes(1),
    curve.summary(1, 0, 50, 1),
    timeline.chart(1, ''),
    reach.ready(1, null).join(' '),
    reach.stopped('paused', null, 1, '').join(' '),
    sentences.finished(1).rest,
  ];
  for (const says of one) expect(says).not.toMatch(/\b1 (episodes|edits|rule edits|iterations)\b/);
  expect(reach.stopped('paused', null, 3, '')).toEqual(['Not begun', '3 iterations', '']);
});

test('what is cut off ends in an ellipsis, and a number that rounds to nothing has no sign', () => {
  expect(shortened('Look in the fridge first.', 12)).toBe('Look in the…');
  expect(shortened('Look.', 5)).toBe('Look.');
  expect([signed(-0.001), signed(-0.5)]).toEqual(['0.00', '−0.50']);
});

test('tables keep the digits that a chart has no room for', () => {
  expect([12_345_678, 0.000123456789, 71.25, 0].map(digits)).toEqual(['12,345,678', '0.000123457', '71.25', '0']);
  expect([1 / 3, 0.7, 0.00005].map(percents)).toEqual(['33.33 %', '70.00 %', '0.01 %']);
});

test('weak signs are no contradictions, and are counted by themselves', () => {
  const of = 'between rules, or between a rule and what the agent does';
  expect(contradictions.summary([{}, { weak: false }])).toBe(`2 contradictions ${of}`);
  expect(contradictions.summary([{ weak: true }, {}, { weak: true }])).toBe(`1 contradiction ${of}, and 2 weak signs of one`);
  expect(contradictions.summary([{ weak: true }])).toBe('1 weak sign that the agent acts against a rule');
});
