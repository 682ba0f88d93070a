/** What made-up products can be: attributes that exclude each other, the sentences that prove them, and option values. */

export interface TraitGroup {
  /** Where an instruction names it: before the thing, after "with", or after "for". */
  role: 'before' | 'with' | 'for';
  /** Of one group a product has one, and its siblings may have another. */
  traits: readonly string[];
  /** Sentences in which {t} stands for the trait. */
  evidence: readonly string[];
}

const group = (role: TraitGroup['role'], traits: string, ...evidence: string[]): TraitGroup => ({
  role,
  traits: traits.split(', '),
  evidence,
});

export const traitGroups = {
  // Clothing and shoes
  care: group(
    'before',
    'machine wash, hand wash, dry clean, machine washable, tumble dry',
    'Care is simple: {t}.',
    'To keep the colour, {t} with like garments.',
  ),
  fit: group(
    'before',
    'slim fit, relaxed fit, classic fit, loose fit, regular fit',
    'Cut with a {t} that moves with you.',
    'The {t} sits well on most figures.',
  ),
  sleeve: group(
    'with',
    'long sleeve, short sleeve, cap sleeve, bell sleeve',
    'Made with a {t} and neat seams.',
    'The {t} is comfortable all day.',
  ),
  cloth: group(
    'with',
    'cotton spandex, polyester spandex, cotton linen, nylon spandex, merino wool',
    'Woven from {t} for a good hand feel.',
    'The fabric is {t}, light and strong.',
  ),
  closure: group(
    'with',
    'button closure, zipper closure, drawstring closure, hook closure',
    'Finished with a {t} that holds.',
    'A sturdy {t} makes it quick to put on.',
  ),
  waist: group(
    'with',
    'elastic waist, high waist, tummy control, drawstring waist',
    'The {t} stays in place.',
    'Designed with {t} for comfort.',
  ),
  sole: group(
    'with',
    'rubber sole, rubber outsole, ethylene vinyl, synthetic sole',
    'The {t} grips on wet ground.',
    'A bendable {t} follows every step.',
  ),
  insole: group(
    'with',
    'memory foam, arch support, day comfort, moisture wicking',
    'Padded inside: {t} from heel to toe.',
    'You get {t} on long walks.',
  ),
  toe: group(
    'before',
    'closed toe, open toe, steel toe, pointed toe',
    'A {t} shape that never pinches.',
    'The {t} design is made to last.',
  ),
  heel: group('with', 'high heel, ankle strap, low heel, block heel', 'Its {t} is stable and elegant.', 'With a {t} for easy walking.'),
  wear: group(
    'for',
    'daily wear, everyday wear, gym workout, teen girls, polyester wear',
    'Good for {t} in every season.',
    'A favourite for {t}.',
  ),
  // Home
  room: group('for', 'living room, dining room, home office, laundry room, guest room', 'Looks right in the {t}.', 'Sized to fit any {t}.'),
  build: group(
    'before',
    'easy assemble, easy install, assembly required, fully assembled',
    'Tools are in the box: {t}.',
    'Described by buyers as {t}.',
  ),
  timber: group(
    'with',
    'solid wood, engineered wood, reclaimed wood, bamboo wood',
    'Built of {t} with a smooth finish.',
    'The frame is {t} and does not wobble.',
  ),
  frame: group('with', 'metal frame, steel frame, wood frame, aluminum frame', 'A {t} carries the weight.', 'Its {t} is powder coated.'),
  store: group('with', 'storage space, storage unit, open shelf, hidden drawer', 'Offers plenty of {t}.', 'There is {t} for small things.'),
  cover: group(
    'with',
    'faux leather, memory cotton, velvet fabric, woven linen',
    'Covered in {t} that wipes clean.',
    'Touch the {t} and you will know.',
  ),
  clean: group('before', 'easy clean, spot clean, dishwasher safe, stain resistant', 'After use it is {t}.', 'Made to be {t}.'),
  shape: group(
    'before',
    'space saving, heavy duty, light weight, wall mounted',
    'A {t} piece for small and large homes.',
    'Thought out to be {t}.',
  ),
  light: group(
    'with',
    'brushed nickel, glass shade, bronze finish, matte black',
    'Finished with {t} details.',
    'The {t} suits old and new rooms.',
  ),
  print: group(
    'with',
    'printing technology, digital print, double sided, reactive dye',
    'Made with {t} so that colours stay.',
    'Thanks to {t} the pattern is crisp.',
  ),
  // Beauty
  cruel: group(
    'before',
    'cruelty free, plant based, certified organic, dermatologist tested',
    'We are proud to be {t}.',
    'Every batch is {t}.',
  ),
  pure: group('before', 'paraben free, sulfate free, alcohol free, fragrance free', 'The formula is {t}.', 'Gentle because it is {t}.'),
  skin: group('for', 'dry skin, sensitive skin, oily skin, mature skin', 'Recommended for {t}.', 'Calms and helps {t}.'),
  hair: group('for', 'damaged hair, curly hair, natural hair, dry hair', 'Kind to {t}.', 'Brings shine back to {t}.'),
  oil: group('with', 'coconut oil, argan oil, tea tree, jojoba oil', 'Enriched with {t}.', 'A drop of {t} in every portion.'),
  active: group(
    'with',
    'hyaluronic acid, vitamin c, green tea, salicylic acid',
    'Contains {t} for a fresh look.',
    'The power of {t} works overnight.',
  ),
  lasting: group(
    'before',
    'long lasting, quick drying, highly pigmented, water resistant',
    'Truly {t} from morning to night.',
    'Praised as {t}.',
  ),
  bottle: group('before', 'leak proof, travel size, bpa free, easy carry', 'The packing is {t}.', 'Comes {t} for your bag.'),
  tool: group('with', 'stainless steel, non slip, ceramic coating, rose gold', 'Made with {t} parts.', 'Has a {t} grip.'),
  teeth: group(
    'for',
    'oral hygiene, fresh breath, teeth whitening, sensitive teeth',
    'Supports {t} every day.',
    'Dentists like it for {t}.',
  ),
  // Electronics
  power: group(
    'before',
    'fast charging, wireless charging, battery powered, usb powered',
    'Ready at once: {t}.',
    'Works {t} wherever you are.',
  ),
  sound: group('with', 'stereo sound, noise cancelling, deep bass, surround sound', 'Enjoy {t} in every song.', 'Its drivers give {t}.'),
  picture: group('before', 'high definition, ultra hd, full hd, high resolution', 'Shows a {t} picture.', 'Sharp and {t} at any size.'),
  plug: group('before', 'plug play, easy use, hands free, quick release', 'No manual needed, simply {t}.', 'It is {t} for everybody.'),
  plating: group(
    'with',
    'gold plated, carbon fiber, aluminum alloy, tempered glass',
    'Strengthened with {t}.',
    'The {t} parts resist wear.',
  ),
  radio: group('with', 'dual band, bluetooth connection, high speed, quad core', 'Equipped with {t}.', 'Stays connected with {t}.'),
  shield: group('before', 'water proof, dust proof, shock proof, scratch resistant', 'Built {t} for the outdoors.', 'Tested to be {t}.'),
  optic: group(
    'with',
    'optical zoom, night vision, motion detection, wide angle',
    'See more with {t}.',
    'A camera with {t} misses nothing.',
  ),
  // Food
  gluten: group('before', 'gluten free, grain free, wheat free, nut free', 'Safe for many diets: {t}.', 'Baked in a {t} kitchen.'),
  sugar: group('before', 'sugar free, low sugar, low sodium, fat free', 'Sweet on the tongue and still {t}.', 'A {t} treat.'),
  modified: group('before', 'non gmo, usda organic, all natural, kosher certified', 'Every ingredient is {t}.', 'Labelled {t}.'),
  diet: group('before', 'keto friendly, dairy free, protein serving, plant powered', 'Fits your plan: {t}.', 'A {t} choice between meals.'),
  artificial: group(
    'with',
    'artificial colors, natural flavors, natural ingredients, simple ingredients',
    'You can read about {t} on the label.',
    'We are open about {t}.',
  ),
  eat: group('before', 'ready eat, individually wrapped, resealable bag, shelf stable', 'Packed {t} for the road.', 'Always {t}.'),
  gift: group('for', 'birthday party, baby shower, gift basket, perfect gift', 'Wonderful for a {t}.', 'Many order it for a {t}.'),
} satisfies Record<string, TraitGroup>;

export type TraitName = keyof typeof traitGroups;

const list = (text: string): readonly string[] => text.split(', ');

/** Values of each kind of option, and the name that pages show. */
export const optionKinds = {
  color: {
    name: 'color',
    values: list(
      'black, white, navy, grey, red, pink, blue, green, beige, brown, purple, yellow, orange, khaki, wine, teal, olive, light grey, dark blue, ' +
        'army green, rose gold, silver, burgundy, coral, ivory, charcoal, lavender, mint, 01 black, 02 blue, a-pink, b-white, sky blue, wine red',
    ),
  },
  clothes: { name: 'size', values: list('x-small, small, medium, large, x-large, xx-large, 3x-large, 4x-large') },
  shoes: { name: 'size', values: list('5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5, 11, 12, 13') },
  linen: { name: 'size', values: list('16 x 16 inch, 18 x 18 inch, 20 x 20 inch, 12 x 20 inch, 26 x 26 inch, twin, full, queen, king') },
  panel: { name: 'size', values: list('2x3 ft, 3x5 ft, 4x6 ft, 5x7 ft, 6x9 ft, 8x10 ft, 24x36in, 36x48in') },
  volume: { name: 'size', values: list('1 ounce, 2 ounce, 4 ounce, 8 ounce, 12 ounce, 16 ounce, 32 ounce, 50 ml, 100 ml, 250 ml') },
  pack: {
    name: 'size',
    values: list('1 count, pack of 2, pack of 3, pack of 4, pack of 6, pack of 12, 8 ounce bag, 16 ounce bag, 2 pound box'),
  },
  length: { name: 'size', values: list('3 feet, 6 feet, 10 feet, 15 feet, 25 feet, 50 feet, 1 meter, 2 meter, 5 meter') },
  capacity: { name: 'size', values: list('16gb, 32gb, 64gb, 128gb, 256gb, 512gb, 1tb, 2tb') },
  style: { name: 'style', values: list('basic, deluxe, classic, sport, travel, family, mini, pro, plus kit, gift box') },
  fit: { name: 'fit type', values: list('men, women, youth, big boys, little girls') },
  flavor: {
    name: 'flavor name',
    values: list(
      'vanilla, chocolate, strawberry, sea salt, honey, cinnamon, peanut butter, maple, barbecue, jalapeno, original, mango, lime, cherry, hazelnut, ' +
        'salted caramel, lemon, coconut, apple, ginger',
    ),
  },
  scent: {
    name: 'scent',
    values: list('unscented, lavender, vanilla, rose water, eucalyptus, citrus, coconut, fresh cotton, cedar wood, mint, peach, green tea'),
  },
} as const;

export type OptionKind = keyof typeof optionKinds;
