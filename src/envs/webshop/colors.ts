/** The reward's idea of a colour: the first of these words that stands anywhere in an option, even inside another word. */

const colors = (
  'alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel camo caramel ' +
  'champagne charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry cream crystal dark denim eggplant ' +
  'elephant espresso fuchsia gold granite grape graphite grass gray green grey heather indigo ivory ivy khaki lavender lemon leopard ' +
  'light lilac lime magenta maroon mauve merlot midnight mint mocha multicolor mushroom mustard natural navy nude olive orange peach ' +
  'pewter pink plum purple rainbow red rose royal rust sand sapphire seashell silver skull slate steel stone stonewash sunflower tan ' +
  'taupe teal tiger turquoise violet walnut wheat white wine yellow'
).split(' ');

/** "dark navy" is "dark", "redwood" is "red"; a text without a colour stays as it is. */
export function normalizeColor(option: string): string {
  return colors.find((color) => option.includes(color)) ?? option;
}

/** The same on a (name, value) pair, where the original looks for a colour that *equals* one of the two. */
export function colorOfPair(pair: readonly [string, string]): string | null {
  return colors.find((color) => pair.includes(color)) ?? null;
}
