import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clickOn, parseAction } from './action.ts';
import { colorOfPair, normalizeColor } from './colors.ts';
import { ratio } from './difflib.ts';
import { tokenSetRatio } from './fuzz.ts';
import { PythonRandom } from './mt19937.ts';
import { readPrice } from './price.ts';
import { byCodePoints, dictJson, dictRepr, floatRepr, htmlJson, roundHalfEven, stringJson, stringRepr, strip } from '../python.ts';

test('the generator draws what Python draws after random.seed(233)', () => {
  const random = new PythonRandom(233);
  expect([random.random(), random.random()]).toEqual([0.6824769139473528, 0.6283202109809801]);
  const list = [0, 1, 2, 3, 4];
  new PythonRandom(233).shuffle(list);
  expect(list).toEqual([2, 0, 3, 4, 1]);
  // random.seed(10**12); random.random()
  expect(new PythonRandom(10 ** 12).random()).toBe(0.4770217077490344);
});

test('a sample is distinct and from the population, from a pool or a set', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 60 }), (seed, n, k) => {
      const population = Array.from({ length: n }, (_, i) => i);
      const random = new PythonRandom(seed);
      if (k > n) {
        expect(() => random.sample(population, k)).toThrow(RangeError);
        return;
      }
      const drawn = random.sample(population, k);
      expect(new Set(drawn).size).toBe(k);
      expect(drawn.every((x) => x < n)).toBe(true);
    }),
  );
});

test('floats, strings and dicts are written as Python writes them', () => {
  const floats: [number, string][] = [
    [1, '1.0'],
    [0.6666666666666666, '0.6666666666666666'],
    [1e16, '1e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
  ];
  for (const [x, text] of floats) expect(floatRepr(x)).toBe(text);
  expect(stringRepr('it\'s "x"')).toBe(`'it\\'s "x"'`);
  expect(stringRepr("it's")).toBe(`"it's"`);
  expect(stringRepr('a\u00a0\u200b\té\ud83d\ude00')).toBe(`'a\\xa0\\u200b\\té😀'`);
  expect(stringJson('é"\x7f😀')).toBe('"\\u00e9\\"\\u007f\\ud83d\\ude00"');
  const options = new Map([
    ['size', "7'"],
    ['color', '<red>'],
  ]);
  expect(dictRepr(options)).toBe(`{'size': "7'", 'color': '<red>'}`);
  expect(dictJson(options)).toBe(`{"size": "7'", "color": "<red>"}`);
  expect(htmlJson(options)).toBe('{"color": "\\u003cred\\u003e", "size": "7\\u0027"}');
  expect([0.5, 1.5, 2.5, 85.5, 86.49].map(roundHalfEven)).toEqual([0, 2, 2, 86, 86]);
  expect(strip('\x1c\u3000 a \ufeff\x85\n')).toBe('a \ufeff');
});

test('code points order above the surrogates', () => {
  expect(['\uffff', '😀', 'z', 'é', ''].sort(byCodePoints)).toEqual(['', 'z', 'é', '\uffff', '😀']);
});

test('prices are read with the faults of the original', () => {
  expect(readPrice('$7.50 ($0.30 / Count)')).toEqual({ pricing: [7.5, 0.3], tag: '$7.5 to $0.3' });
  expect(readPrice(undefined)).toEqual({ pricing: [100], tag: '$100.0' });
  expect([readPrice('12.99'), readPrice('$'), readPrice('$1.2.3')]).toEqual(['IndexError', 'InvalidOperation', 'InvalidOperation']);
});

test('the first colour inside a word counts, in a pair only a whole one', () => {
  expect(['standard', 'dark navy', 'redwood', '9.5'].map(normalizeColor)).toEqual(['tan', 'dark', 'red', '9.5']);
  expect([colorOfPair(['color', 'navy']), colorOfPair(['color', 'dark navy'])]).toEqual(['navy', null]);
});

test('commands are parsed greedily from the start', () => {
  expect(parseAction('search[a][b]')).toEqual({ name: 'search[a]', argument: 'b' });
  expect(parseAction('click[x] trailing')).toEqual({ name: 'click', argument: 'x' });
  expect(parseAction('search[a\nb]')).toEqual({ name: 'search[a\nb]', argument: null });
  expect([clickOn('next >'), clickOn(''), clickOn('a[b'), clickOn('10" [x]')]).toEqual(['click[next >]', null, null, null]);
});

test("similarity is difflib's: dependent on order, full for equal and for contained words", () => {
  expect(tokenSetRatio('damaged hair', 'swimsuit cover')).toBe(15);
  expect(tokenSetRatio('machine wash', 'machine washable')).toBe(86);
  expect(tokenSetRatio('x-large', 'size x large')).toBe(100);
  expect(tokenSetRatio('', 'a')).toBe(0);
  expect([ratio('tide', 'diet'), ratio('diet', 'tide')]).toEqual([0.25, 0.5]);
  const text = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const similarity = tokenSetRatio(a, b);
      expect(Number.isInteger(similarity) && similarity >= 0 && similarity <= 100).toBe(true);
      expect([0, 1]).toContain(ratio(a, a));
      expect(ratio(a, b)).toBeLessThanOrEqual(1);
    }),
  );
});
