/** The departments of the made-up shop: what each shelf sells, in which kinds, with which attributes and options, at what price. */
import type { OptionKind, TraitName } from './traits.ts';

export interface Shelf {
  category: string;
  /** What people search for. */
  query: string;
  path: string;
  /** What one such thing is called. */
  heads: readonly string[];
  materials: readonly string[];
  uses: readonly string[];
  traits: readonly TraitName[];
  options: readonly OptionKind[];
  /** Median, in dollars. */
  price: number;
}

/** Departments, with their share of all products. */
export const departments: Record<string, number> = { beauty: 24, electronics: 23, garden: 22, fashion: 20, grocery: 12 };

const roots: Record<string, string> = {
  beauty: 'Beauty & Personal Care',
  electronics: 'Electronics',
  garden: 'Home & Kitchen',
  fashion: 'Clothing, Shoes & Jewelry',
  grocery: 'Grocery & Gourmet Food',
};

/** A line: query | path below the department | heads | materials | uses | attribute groups | options | median price. */
function shelves(category: string, lines: string): Shelf[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [query = '', path = '', heads = '', materials = '', uses = '', traits = '', options = '', price = ''] = line
        .trim()
        .split(' | ');
      const words = (text: string): string[] => text.split(', ').filter((word) => word !== '');
      return {
        category,
        query,
        path: `${roots[category]} › ${path}`,
        heads: words(heads),
        materials: words(materials),
        uses: words(uses),
        traits: words(traits) as TraitName[],
        options: words(options) as OptionKind[],
        price: Number(price),
      };
    });
}

export const allShelves: readonly Shelf[] = [
  ...shelves(
    'fashion',
    `
    men's dress shirts | Men › Clothing › Shirts › Dress Shirts | Dress Shirt, Button Down Shirt, Oxford Shirt | Cotton, Poplin, Linen, Twill | Office, Wedding, Party, Travel | care, fit, sleeve, cloth, closure, wear | color, clothes | 32
    men's t-shirts & tanks | Men › Clothing › Shirts › T-Shirts | T Shirt, Tank Top, Graphic Tee | Cotton, Jersey, Mesh | Gym, Running, Beach, Home | care, fit, sleeve, cloth, wear | color, clothes, fit | 19
    men's henleys | Men › Clothing › Shirts › Henleys | Henley Shirt, Henley Tee, Pullover | Cotton, Waffle Knit, Jersey | Fall, Layering, Weekend | care, fit, sleeve, cloth, closure | color, clothes | 24
    men's sweaters | Men › Clothing › Sweaters › Pullovers | Sweater, Cardigan, Turtleneck | Wool, Cashmere, Cotton, Knit | Winter, Office, Date | care, fit, cloth, closure, wear | color, clothes | 41
    men's shorts | Men › Clothing › Shorts › Cargo | Shorts, Cargo Shorts, Board Shorts | Cotton, Canvas, Nylon | Summer, Beach, Hiking, Gym | care, fit, waist, closure, wear | color, clothes | 25
    men's pants | Men › Clothing › Pants › Casual | Pants, Joggers, Cargo Pants | Twill, Denim, Fleece | Work, Hiking, Travel | care, fit, waist, closure, cloth | color, clothes | 34
    men's loafers & slip-ons | Men › Shoes › Loafers & Slip-Ons | Loafers, Driving Shoes, Moccasins | Leather, Suede, Canvas | Driving, Office, Walking | sole, insole, toe, wear | color, shoes | 46
    men's boots | Men › Shoes › Boots › Work & Safety | Work Boots, Hiking Boots, Chukka Boots | Leather, Nubuck, Canvas | Work, Hiking, Winter | sole, insole, toe, shield | color, shoes | 79
    women's tops, tees & blouses | Women › Clothing › Tops, Tees & Blouses › Blouses & Button-Down Shirts | Blouse, Tunic Top, Peplum Top | Chiffon, Cotton, Lace | Work, Summer, Party, Vacation | care, fit, sleeve, cloth, wear | color, clothes | 22
    women's dresses | Women › Clothing › Dresses › Casual | Maxi Dress, Sundress, Wrap Dress | Chiffon, Rayon, Cotton | Beach, Wedding, Party, Summer | care, fit, sleeve, closure, waist | color, clothes | 33
    women's leggings | Women › Clothing › Leggings | Leggings, Yoga Pants, Tights | Fleece, Nylon, Jersey | Yoga, Running, Travel | care, waist, cloth, fit, wear | color, clothes | 21
    women's sweaters | Women › Clothing › Sweaters › Cardigans | Cardigan, Knit Sweater, Pullover | Wool, Knit, Cashmere | Winter, Office, Evening | care, fit, sleeve, closure, cloth | color, clothes | 36
    women's pumps | Women › Shoes › Pumps | Pumps, Kitten Heels, Slingback Shoes | Leather, Satin, Suede | Wedding, Office, Evening | sole, insole, toe, heel | color, shoes | 42
    women's sandals | Women › Shoes › Sandals › Flats | Sandals, Slides, Espadrilles | Leather, Cork, Jute | Beach, Summer, Vacation | sole, insole, heel, wear | color, shoes | 31
    women's jumpsuits, rompers & overalls | Women › Clothing › Jumpsuits, Rompers & Overalls › Jumpsuits | Jumpsuit, Romper, Overalls | Denim, Cotton, Rayon | Summer, Festival, Work | care, fit, sleeve, waist, closure | color, clothes | 30
    `,
  ),
  ...shelves(
    'beauty',
    `
    body lotions | Skin Care › Body › Moisturizers › Lotions | Body Lotion, Body Milk, Moisturizer | Shea Butter, Oat, Cocoa | Winter, Hands, Feet | cruel, pure, skin, oil, lasting | scent, volume | 14
    face care | Skin Care › Face › Creams & Moisturizers | Face Cream, Night Cream, Day Cream | Collagen, Retinol, Aloe | Morning, Night, Travel | cruel, pure, skin, active | volume | 21
    face masks | Skin Care › Face › Treatments & Masks › Masks | Sheet Mask, Clay Mask, Peel Mask | Charcoal, Honey, Rice | Spa, Night, Gift | cruel, pure, skin, active, bottle | style | 16
    sun care | Skin Care › Sunscreens & Tanning Products › Sunscreens | Sunscreen, Sun Lotion, Sun Stick | Zinc, Mineral, Aloe | Beach, Sport, Kids | cruel, pure, skin, lasting | volume | 15
    shampoo & conditioner | Hair Care › Shampoo & Conditioner › Shampoos | Shampoo, Conditioner, Hair Wash | Keratin, Biotin, Oat | Salon, Daily, Travel | cruel, pure, hair, oil, bottle | scent, volume | 17
    hair treatments | Hair Care › Hair Treatment Oils | Hair Mask, Hair Serum, Hair Oil | Keratin, Biotin, Silk | Salon, Night, Scalp | cruel, pure, hair, oil, active | volume | 18
    hair extensions, wigs & accessories | Hair Care › Hair Extensions, Wigs & Accessories › Wigs | Wig, Lace Front Wig, Ponytail Extension | Synthetic Fiber, Lace, Silk | Party, Cosplay, Daily | hair, lasting, tool, wear | color | 39
    styling tools | Hair Care › Styling Tools & Appliances › Irons | Curling Iron, Hair Straightener, Hair Dryer | Ceramic, Titanium, Tourmaline | Travel, Salon, Home | hair, tool, power, plug | color, style | 35
    makeup brushes | Tools & Accessories › Makeup Brushes & Tools › Brush Sets | Makeup Brush Set, Foundation Brush, Powder Brush | Bamboo, Nylon, Goat Hair | Blending, Travel, Gift | cruel, bottle, tool, lasting | color, style | 13
    lipstick | Makeup › Lips › Lipstick | Lipstick, Lip Gloss, Lip Tint | Wax, Jojoba, Vitamin E | Evening, Party, Daily | cruel, pure, lasting, oil | color | 11
    eyeshadow & liners | Makeup › Eyes › Eyeshadow | Eyeshadow Palette, Eyeliner Pen, Glitter Shadow | Mica, Mineral, Shimmer | Party, Stage, Daily | cruel, pure, lasting, bottle | color | 14
    nail care | Foot, Hand & Nail Care › Nail Art & Polish › Nail Polish | Nail Polish, Gel Polish, Press On Nails | Gel, Acrylic, Glitter | Salon, Party, Home | cruel, lasting, pure, tool | color, style | 12
    refillable containers | Tools & Accessories › Refillable Containers | Spray Bottle, Travel Jar, Pump Dispenser | Glass, Plastic, Aluminum | Travel, Salon, Gym | bottle, tool, clean | color, volume | 10
    tongue cleaners & toothbrushes | Oral Care › Toothbrushes & Accessories › Manual Toothbrushes | Toothbrush, Tongue Scraper, Electric Toothbrush | Bamboo, Silicone, Nylon | Travel, Kids, Family | teeth, cruel, tool, bottle | color, style | 12
    deodorants | Deodorants & Antiperspirants › Deodorant | Deodorant Stick, Deodorant Cream, Body Spray | Arrowroot, Baking Soda, Clay | Sport, Daily, Travel | cruel, pure, skin, oil, lasting | scent | 11
    `,
  ),
  ...shelves(
    'electronics',
    `
    headphones | Headphones › Over-Ear Headphones | Headphones, Wireless Headset, Gaming Headset | Leather, Aluminum, Foam | Gaming, Travel, Office | sound, radio, power, plug | color, style | 49
    earbud headphones | Headphones › Earbud Headphones | Earbuds, Sport Earphones, In Ear Headphones | Silicone, Aluminum, Foam | Running, Gym, Calls | sound, shield, radio, power | color | 33
    portable bluetooth speakers | Portable Audio & Video › Portable Speakers & Docks › Portable Bluetooth Speakers | Bluetooth Speaker, Party Speaker, Shower Speaker | Fabric, Rubber, Aluminum | Beach, Party, Shower | sound, shield, power, plug | color, style | 44
    soundbars | Home Audio › Speakers › Sound Bars | Soundbar, Sound Bar System, TV Speaker | Wood, Aluminum, Fabric | Home Theater, Gaming, Movies | sound, radio, plug | style | 99
    televisions & video | Television & Video › Streaming Media Players | Media Player, TV Box, Streaming Stick | Aluminum, Plastic, Ceramic | Movies, Gaming, Travel | picture, radio, plug | capacity | 55
    projectors | Television & Video › Projectors | Mini Projector, Video Projector, Movie Projector | Glass, Aluminum, Plastic | Home Theater, Camping, Office | picture, plug, power, radio | style | 109
    tripods & monopods | Camera & Photo › Tripods & Monopods › Complete Tripods | Tripod, Monopod, Phone Tripod | Aluminum, Carbon, Steel | Travel, Vlogging, Studio | plug, plating, shape | color, style | 39
    photo backgrounds | Camera & Photo › Lighting & Studio › Photo Studio › Backgrounds | Photo Backdrop, Studio Background, Vinyl Backdrop | Vinyl, Cotton, Muslin | Portraits, Wedding, Party | picture, print, shape, bottle | panel | 25
    surveillance cameras | Camera & Photo › Video Surveillance › Surveillance & Security Cameras | Security Camera, Doorbell Camera, Baby Monitor | Aluminum, Glass, Plastic | Home, Garage, Garden | optic, picture, shield, plug | style, capacity | 65
    binoculars & scopes | Camera & Photo › Binoculars & Scopes › Binoculars | Binoculars, Monocular, Spotting Scope | Rubber, Glass, Aluminum | Bird Watching, Hunting, Concert | optic, shield, shape | style | 59
    hdmi cables | Television & Video › Accessories › Cables › HDMI Cables | HDMI Cable, Video Cable, Display Cable | Copper, Nylon, Gold | Gaming, Home Theater, Monitor | plating, radio, picture, plug | length, pack | 14
    chargers & power adapters | Computers & Accessories › Computer Accessories › Chargers & Adapters | Wall Charger, Power Adapter, Charging Station | Aluminum, Plastic, Copper | Travel, Office, Car | power, plug, plating | color, style | 22
    memory cards | Computers & Accessories › Memory Cards › Micro SD Cards | Memory Card, SD Card, Flash Drive | Plastic, Metal, Ceramic | Camera, Phone, Drone | radio, shield, plug | capacity | 27
    wearable technology | Wearable Technology › Arm & Wristband Accessories | Watch Band, Smartwatch Strap, Fitness Tracker | Silicone, Leather, Nylon | Sport, Office, Swimming | tool, shield, lasting | color | 15
    tablets | Computers & Accessories › Computers & Tablets › Tablets | Tablet, Android Tablet, Kids Tablet | Aluminum, Glass, Metal | Reading, School, Travel | picture, radio, plating, power | color, capacity | 139
    screen protectors | Cell Phones & Accessories › Maintenance, Upkeep & Repairs › Screen Protectors | Screen Protector, Lens Protector, Privacy Screen | Glass, Film, Ceramic | Phone, Tablet, Watch | shield, plating, build | pack | 12
    `,
  ),
  ...shelves(
    'garden',
    `
    decorative pillows | Bedding › Decorative Pillows, Inserts & Covers › Throw Pillow Covers | Throw Pillow Cover, Cushion Cover, Pillow Case | Linen, Velvet, Cotton | Sofa, Bed, Patio | care, print, cover, room | color, linen | 17
    bedding | Bedding › Comforters & Sets › Comforter Sets | Comforter Set, Duvet Cover, Quilt Set | Cotton, Microfiber, Bamboo | Bedroom, Summer, Winter | care, print, clean | color, linen | 54
    mattresses | Furniture › Bedroom Furniture › Mattresses & Box Springs › Mattresses | Mattress, Folding Mattress, Mattress Topper | Foam, Latex, Gel | Guests, Camping, Bedroom | insole, cover, shape | linen | 189
    sofas and couches | Furniture › Living Room Furniture › Sofas & Couches | Sofa, Loveseat, Futon Couch | Velvet, Linen, Leather | Apartment, Office, Den | frame, timber, cover, room, build | color, style | 349
    console tables | Furniture › Living Room Furniture › Tables › Sofa & Console Tables | Console Table, Entryway Table, Hall Table | Oak, Pine, Metal | Entryway, Hallway, Foyer | timber, frame, store, build, room | color | 129
    desks | Furniture › Home Office Furniture › Home Office Desks | Computer Desk, Writing Desk, Corner Desk | Oak, Steel, Glass | Study, Gaming, Bedroom | frame, store, build, shape, room | color, style | 139
    bookcases | Furniture › Home Office Furniture › Bookcases | Bookshelf, Bookcase, Ladder Shelf | Walnut, Pine, Metal | Study, Kids Room, Library | timber, frame, store, build, room | color | 89
    bar stools | Furniture › Game & Recreation Room Furniture › Home Bar Furniture › Barstools | Bar Stool, Counter Stool, Swivel Stool | Leather, Metal, Wood | Kitchen, Bar, Bistro | frame, cover, build, room | color, style | 119
    ottomans | Furniture › Living Room Furniture › Ottomans | Storage Ottoman, Foot Stool, Folding Bench | Linen, Leather, Velvet | Bedroom, Entryway, Dorm | cover, store, shape, room, clean | color | 59
    window coverings | Home Décor Products › Window Treatments › Curtains & Drapes › Panels | Curtain Panel, Blackout Curtain, Drapes | Linen, Polyester, Velvet | Bedroom, Nursery, Patio | care, print, room | color, panel | 31
    area rugs | Home Décor Products › Rugs, Pads & Protectors › Area Rugs | Area Rug, Runner Rug, Shag Rug | Wool, Jute, Polyester | Bedroom, Hallway, Kids Room | clean, print, tool, room | color, panel | 69
    wall art | Home Décor Products › Artwork › Prints | Canvas Print, Wall Art, Framed Picture | Canvas, Oak, Acrylic | Bedroom, Office, Hallway | print, timber, room, build | panel | 36
    candles & holders | Home Décor Products › Candles & Holders › Candles › Jar Candles | Jar Candle, Candle Set, Pillar Candle | Soy Wax, Beeswax, Glass | Spa, Dinner, Gift | lasting, cruel, gift, pure | scent, style | 19
    ceiling lights | Home Décor Products › Lighting › Ceiling Lights › Pendant Lights | Pendant Light, Chandelier, Ceiling Lamp | Glass, Rattan, Metal | Kitchen, Foyer, Island | light, build, room | color | 84
    planters | Home Décor Products › Vases | Planter, Flower Vase, Plant Pot | Ceramic, Glass, Resin | Garden, Balcony, Table | shape, clean, light, room | color, style | 24
    storage baskets | Storage & Organization › Baskets, Bins & Containers | Storage Basket, Laundry Hamper, Storage Bin | Rope, Fabric, Seagrass | Closet, Nursery, Bathroom | store, shape, room, clean | color, style | 28
    `,
  ),
  ...shelves(
    'grocery',
    `
    party mix | Snacks & Sweets › Snack Foods › Trail Mix | Trail Mix, Party Mix, Snack Mix | Almond, Peanut, Pretzel | Road Trips, Parties, School | gluten, sugar, modified, eat, gift | flavor, pack | 18
    meat substitutes | Meat & Seafood › Jerky & Dried Meats › Jerky | Beef Jerky, Turkey Jerky, Meat Sticks | Beef, Turkey, Pepper | Hiking, Lunch, Camping | diet, gluten, sugar, eat, artificial | flavor, pack | 23
    pantry staples | Snacks & Sweets › Snack Foods › Crackers | Crackers, Crisp Bread, Rice Cakes | Rice, Oat, Quinoa | Cheese Boards, Lunch, Soup | gluten, modified, artificial, sugar | flavor, pack | 16
    breakfast foods | Breakfast Foods › Cereals › Granola | Granola, Oatmeal, Muesli | Oats, Honey, Coconut | Breakfast, Yogurt, Camping | gluten, sugar, modified, diet | flavor, pack | 17
    coffee & tea | Beverages › Coffee, Tea & Cocoa › Coffee | Ground Coffee, Coffee Pods, Loose Leaf Tea | Arabica, Chicory, Chai | Morning, Office, Iced Drinks | modified, artificial, eat, gift | flavor, pack | 21
    bottled drinks | Beverages › Bottled Beverages, Water & Drink Mixes › Juices | Sparkling Water, Fruit Juice, Kombucha | Ginger, Berry, Pomegranate | Picnic, Sport, Brunch | sugar, artificial, modified, diet | flavor, pack | 24
    protein drinks | Beverages › Bottled Beverages, Water & Drink Mixes › Meal Replacement & Protein Drinks | Protein Shake, Protein Powder, Meal Shake | Whey, Pea, Hemp | Gym, Breakfast, Travel | diet, gluten, sugar, modified | flavor, pack | 34
    chocolate & candy | Snacks & Sweets › Candy & Chocolate › Chocolate | Chocolate Bar, Truffles, Gummy Candy | Cocoa, Almond, Caramel | Halloween, Baking, Movies | sugar, gluten, gift, eat, artificial | flavor, pack | 19
    sauces & condiments | Pantry Staples › Sauces, Gravies & Marinades › Sauces | Hot Sauce, Pasta Sauce, Salad Dressing | Tomato, Garlic, Chili | Grilling, Tacos, Pasta Night | gluten, sugar, modified, artificial | flavor, pack | 13
    dried fruits & nuts | Produce › Dried Fruits & Vegetables › Dried Fruits | Dried Mango, Roasted Nuts, Medjool Dates | Cashew, Fig, Apricot | Baking, Salads, Hiking | modified, sugar, gluten, eat | flavor, pack | 22
    `,
  ),
];
