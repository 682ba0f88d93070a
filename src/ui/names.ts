/** Memorable names for runs: an adjective and a bird or beast. */

const adjectives =
  'amber brisk calm clever copper early faint gentle golden hazel honest idle ivory keen late light lively lucid mellow merry misty modest noble pale patient plain prompt proud quiet quick rapid ready rosy sandy silent silver slate sober steady still swift tidy umber velvet vivid warm white wise'.split(
    ' ',
  );
const animals =
  'badger beaver bittern crane curlew dunnock egret falcon finch fox gannet grebe hare hawk heron ibis jackdaw kestrel kite lark linnet lynx marten merlin mole moth newt otter owl petrel pipit plover quail raven robin rook ruff shrike siskin snipe stoat stork swan swift teal tern thrush vole wagtail wren'.split(
    ' ',
  );

/** A name that is not among `taken`. */
export function runName(taken: readonly string[]): string {
  for (;;) {
    const [a, b] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
    const name = `${adjectives[a % adjectives.length]}-${animals[b % animals.length]}`;
    if (!taken.includes(name)) return name;
    if (taken.length > 1000) return `${name}-${b}`;
  }
}
