/** What the shopper's rules are about, in several wordings each; see `language.ts`. */

/** What a shopper may forget: then the bare thing is searched for, the first result opened, and bought as it is. */
export const shoppingSteps = ['search', 'fit', 'options', 'price'] as const;
export type ShoppingStep = (typeof shoppingSteps)[number];

export const shopping: Record<ShoppingStep, { train: string[]; heldOut: string[] }> = {
  search: {
    train: [
      'Search with all the words of the task, not only with the kind of thing.',
      'Put every detail of the task into the search.',
      'Use the longest search: it has all that was asked for.',
      'A search with all the details finds the right product sooner.',
      'Choose the search that repeats the whole request.',
      'Put the wanted attributes into the search, too.',
      'Type every detail you were given into the search box.',
      'Search for the full description of what is wanted.',
      "Don't search for the product name alone; add the details.",
    ],
    heldOut: [
      'Do not search for the kind of thing alone; search for everything that was asked.',
      'The more words of the task are in the search, the better.',
      'When you search, repeat everything that was asked for.',
    ],
  },
  fit: {
    train: [
      'Open the result whose title has the words of the task, not simply the first one.',
      'Compare the titles with the task and take the product that fits best.',
      'Read all titles and choose the one with the words that were asked for.',
      'The first result is not always right: pick the title that matches the task.',
      'Take the product whose title names what the task asks for.',
      'Choose the result that fits what is asked instead of the top one.',
      'Look through the whole list and pick the product that matches.',
      'Skip products that lack what is wanted.',
    ],
    heldOut: [
      'Look through the titles for the words of the task before you open a product.',
      'Of all results, the one that shares most words with the task is the right one.',
      'Go through the results and decide for the one that suits the instruction.',
    ],
  },
  options: {
    train: [
      'Before you buy, click every option that the task names.',
      'Choose the colour, size and other options of the task, then buy.',
      'Do not buy before the options that the task asks for are clicked.',
      'Click the options named in the task first and buy last.',
      'On the page of the product, pick each option from the task before you buy.',
      'Click the wanted size, color or flavor first, then buy.',
      "Don't buy before the right options are chosen.",
      'Set color, size and style as asked before buying.',
      'A purchase counts fully only with the right options selected.',
    ],
    heldOut: [
      'Buying comes last: first select the options that were asked for.',
      'Select what the task says about colour or size, and only then buy.',
      'The option buttons matter: press those that were asked for.',
    ],
  },
  price: {
    train: [
      'Take a product whose price is lower than the limit of the task.',
      'Check the price: it must be below what the task allows.',
      'Pass over products that cost more than the task allows.',
      'Do not open a product that is dearer than the limit.',
      'Compare the price with the limit before you choose.',
      'Skip products that are too expensive.',
      'The price has to stay under the limit you were given.',
      'Mind the price limit when you choose a product.',
    ],
    heldOut: [
      'A product above the price limit is wrong, however well it fits.',
      'Leave out what costs more than the task says.',
      'Only look at products that are cheap enough.',
    ],
  },
};

/** Advice that changes nothing for this shopper. */
export const idleShopAdvice = [
  'Read the reviews before you decide.',
  'Look at the description of the product.',
  'Cheaper products are not always worse.',
  'Well-known brands are a safe choice.',
  'Check the features of the product.',
  'Shopping takes a few clicks only.',
  'Ratings tell little when there are none.',
  'Every product has its own page.',
];
