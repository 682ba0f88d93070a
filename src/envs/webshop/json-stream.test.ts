import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonEntries } from './json-stream.ts';

async function read(text: string | Uint8Array<ArrayBuffer>) {
  const [values, faults, remarks]: [unknown[], string[], string[]] = [[], [], []];
  for await (const entry of jsonEntries(new Blob([text]), 'items.json')) {
    if ('fault' in entry) faults.push(entry.fault);
    else if ('remark' in entry) remarks.push(entry.remark);
    else values.push(entry.key === null ? entry.value : [entry.key, entry.value]);
  }
  return { values, faults, remarks };
}

const asin = (i: number): string => `B${String(i).padStart(9, '0')}`;
const products = Array.from({ length: 30 }, (_, i) => ({
  asin: asin(i),
  name: `Lamp "${i}" of [oak], {solid}`,
  customization_options: { Color: [{ value: 'red', image: null }, { value: 'blue' }], Size: [{ value: '10' }] },
  bullets: ['a', 'b'],
  page: i,
}));
const list = (indent: number): string => JSON.stringify(products, null, indent);
const table = (indent: number): string =>
  JSON.stringify(Object.fromEntries(products.map((each) => [each.asin, { attributes: ['soft'], options: [each.name] }])), null, indent);

test.each([
  ['a stray quote', '"Lamp', '"bad " Lamp', 1],
  ['a missing quote', ' {solid}"', ' {solid}', 1],
  ['a missing brace at its end', '"page":10}', '"page":10', 1],
  ['a missing bracket within', '"blue"}]', '"blue"}', 1],
  ['a brace too many', '"page":10}', '"page":10}}', 0],
  ['a bracket too many', '"page":10}', '"page":10}]', 0],
  ['a missing comma after it', '"page":10},', '"page":10}', 0],
  ['a comma too many', '"page":10},', '"page":10},,', 0],
  ['a bare word', '"page":10', '"page":ten', 1],
])('%s costs at most the product it stands in, which is named', async (_, good, bad, lost) => {
  const text = list(0);
  const at = text.indexOf(good, text.indexOf(asin(10)));
  const { values, faults } = await read(text.slice(0, at) + bad + text.slice(at + good.length));
  expect(values).toEqual(products.filter(({ page }) => lost === 0 || page !== 10));
  expect(faults.length).toBe(lost);
  for (const fault of faults)
    expect(fault).toMatch(/^An entry that begins with "\{\\"asin\\":\\"B000000010\\",.*" is not JSON; it was left out\.$/);
});

test('one sign put in or taken out anywhere costs at most two entries, and what is lost is told', async () => {
  const texts = [list(0), list(2), table(0), table(2)];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.constantFrom('"', '{', '}', '[', ']', ',', ':', '\\', null),
      async (text, where, sign) => {
        const at = 1 + (where % (text.length - 2));
        const { values, faults } = await read(
          sign === null ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at) + sign + text.slice(at),
        );
        expect(values.length).toBeGreaterThanOrEqual(products.length - 2);
        expect(values.length + faults.length).toBeGreaterThanOrEqual(products.length);
      },
    ),
    { numRuns: 500 },
  );
});

test('what stands after the end of a list is told and costs nothing; entries after it are read', async () => {
  const { values, faults } = await read(`${list(2)} garbage`);
  expect([values, faults]).toEqual([products, ['items.json goes on after its end with "garbage"; that was left out.']]);
  const early = await read(list(0).replace('"page":10},', '"page":10}],'));
  expect([early.values, early.faults]).toEqual([products, []]);
  const joined = await read(`[${list(0)},${list(2)}]${list(0)}`);
  expect([joined.values, joined.faults]).toEqual([[...products, ...products, ...products], []]);
});

test('damage without an end is told as such, and a file that was cut off keeps what stands before', async () => {
  const endless = await read('[{"asin":"B000000001"},{"asin":"B000000002" "x" yyyyyyyyyy');
  expect(endless.faults).toEqual([
    'An entry that begins with "{\\"asin\\":\\"B000000002\\" \\"x\\" yyyyyyyyyy" is not JSON; it and all that follows it in items.json was left out.',
  ]);
  const cut = await read(list(0).slice(0, -1));
  expect([cut.values, cut.faults]).toEqual([
    products,
    ['items.json is cut off: its last bracket is missing; what stands before its end was used.'],
  ]);
});

test('every entry damaged, nested or not, is read in time that grows with the file alone', async () => {
  const stray = await read(`[${'{"asin":"B0" x","name":"y"},'.repeat(50_000)}]`);
  expect([stray.values.length, stray.faults.length]).toEqual([0, 50_000]);
  const nested = await read(`[${'{"asin":['.repeat(100_000)}}]`);
  expect(nested.values.length).toBe(0);
});

test('UTF-16 is read; what is in another encoding than UTF-8 is said, and a sign that stands for another by right is not', async () => {
  const text = '[{"asin":"B000000001","name":"café › \ufffd"}]';
  const wide = Uint16Array.from(`\ufeff${text}`, (sign) => sign.charCodeAt(0));
  const values = [{ asin: 'B000000001', name: 'café › \ufffd' }];
  expect(await read(new Uint8Array(wide.buffer))).toEqual({ values, faults: [], remarks: [] });
  expect(await read(text)).toEqual({ values, faults: [], remarks: [] });
  const narrow = await read(Uint8Array.from('[{"name":"café"}]', (sign) => sign.charCodeAt(0)));
  expect(narrow).toEqual({
    values: [{ name: 'caf\ufffd' }],
    faults: [],
    remarks: [
      'items.json is not in UTF-8: signs that could not be read stand as "\ufffd" in its texts, 1 in all; save the file as UTF-8 and load it again.',
    ],
  });
});
