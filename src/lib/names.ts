/** Memorable names for runs: a colour and a bird. */
import type { Rng } from './rng.ts';

const colours = 'amber ash azure brass bronze chalk cobalt copper coral ebony fawn flint ginger golden hazel indigo ivory jade lilac lime maroon mauve mint ochre olive opal pearl plum rose ruby rust saffron sage sand scarlet sepia silver slate teal umber violet white'.split(' ');
const birds = 'avocet bittern bunting bustard buzzard chough crane crake curlew dipper dove dunlin eider falcon finch fulmar gannet godwit grebe grouse gull heron hobby hoopoe ibis jackdaw jay kestrel kite knot lapwing lark linnet magpie martin merlin nightjar nuthatch oriole osprey ouzel owl petrel pipit plover puffin quail rail raven redstart robin rook ruff sanderling serin shrike siskin skua snipe starling stilt stint stork swallow swan swift tern thrush tit turnstone twite wagtail warbler wheatear whimbrel wigeon wren wryneck'.split(' ');

export function runName(rng: Rng): string {
  return `${rng.pick(colours)}-${rng.pick(birds)}`;
}
