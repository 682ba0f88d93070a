/**
 * Measured figures behind the generated homes: which receptacles stand in each floor plan, which objects
 * a room holds and where they lie. Compact tables, decoded once; `generator.ts` turns them into games.
 */

export const rooms = ['kitchen', 'living', 'bedroom', 'bathroom'] as const;
export type Room = (typeof rooms)[number];

/**
 * Floor plans by room, one a line. `cabinet 0* 1* 5` reads: three cabinets, at the standing places 0, 1 and 5,
 * the starred ones with a door. Equal numbers are shared standing places.
 */
const planTable: Record<Room, string> = {
  kitchen: `
cabinet 0* 1* 2* 3* 4* 5 6* 7* 8*; coffeemachine 9; countertop 10 11 12; drawer 13* 14 15* 16* 17* 17* 18* 19* 20*; fridge 21*; garbagecan 22; microwave 23*; shelf 24 25 26; sinkbasin 27; stoveburner 28 28 29 29; toaster 30
cabinet 0* 1* 0* 2* 3* 4* 4* 5* 5*; coffeemachine 6; countertop 7 8; drawer 9* 10* 11* 12 13* 14 12 15* 14 16* 17* 18* 19*; fridge 20*; garbagecan 21; microwave 22*; sinkbasin 23; stoveburner 14 14 24 25 25 26; toaster 27
cabinet 0* 1* 2* 3*; coffeemachine 4; countertop 5; drawer 6 7 8* 9* 10* 11* 12* 13*; fridge 14*; garbagecan 15; microwave 16*; sidetable 17; sinkbasin 18; stoveburner 19 19 20 20; toaster 21
cabinet 0* 0*; coffeemachine 1; countertop 2 3 4; diningtable 5; drawer 6* 7* 8* 8* 9* 10*; fridge 11*; garbagecan 12; microwave 13*; sinkbasin 14; stoveburner 15 15 16 16; toaster 17
cabinet 0* 1* 2* 3* 4* 5* 6* 7* 8* 9* 10* 11* 12* 13* 14* 15* 16* 14* 17* 17*; coffeemachine 18; countertop 19 20 21; drawer 22* 23* 24*; fridge 25*; garbagecan 26; microwave 27*; shelf 28 29 30; sinkbasin 31; stoveburner 32 33 32 34; toaster 35
cabinet 0* 1* 2* 3* 4* 5* 6* 7* 8* 9* 10* 11* 12* 13* 14*; coffeemachine 15; countertop 16 17 15 18; drawer 19* 20* 21* 22*; fridge 23*; garbagecan 24; microwave 25*; sinkbasin 26; stoveburner 27 28 27 28; toaster 29
cabinet 0* 1* 2* 1* 3* 4* 5* 6* 7* 8* 9* 10* 11*; coffeemachine 12; countertop 13 14; diningtable 15; drawer 16* 17* 18* 19*; fridge 20*; garbagecan 21; microwave 22*; shelf 23 24 25; sinkbasin 26; stoveburner 27 28 14 29; toaster 14
cabinet 0* 1* 2* 3* 4* 5* 6* 7* 8* 9* 9* 10* 11* 12* 13* 14* 15* 16*; coffeemachine 17; countertop 18 19 20 21; drawer 22* 23* 24* 25* 26* 27* 28*; fridge 29*; garbagecan 30; microwave 31*; sinkbasin 32; stoveburner 33 34 35 36; toaster 37
cabinet 0* 1* 2* 3* 4* 5* 6* 7* 8* 9*; coffeemachine 10; countertop 11 12 13; diningtable 14; drawer 15* 16* 17* 18* 19* 20; fridge 21*; garbagecan 22; microwave 23*; sinkbasin 24; stoveburner 25 25 26 26; toaster 12
cabinet 0* 1* 2 3 4* 5* 5* 6* 7* 8* 9* 10* 11* 12* 13 14 15* 16* 17*; coffeemachine 18; countertop 19 20 21; drawer 22* 23* 24* 25*; fridge 26*; garbagecan 27; microwave 28*; sinkbasin 29; stoveburner 30 31 30 31; toaster 20
cabinet 0 1 2 3 3 4 5* 6* 7* 8* 9* 10 11* 12* 13* 14 15* 16* 17* 18* 19* 20* 21* 22* 23* 24; coffeemachine 25; countertop 26 27 28; drawer 29* 30* 31* 32* 33* 34* 35 36 35 37 38* 39*; fridge 40*; garbagecan 41; microwave 42*; sinkbasin 43; stoveburner 44 45 46 47; toaster 48
cabinet 0* 1 2 3* 4* 5* 3 6; coffeemachine 7; countertop 7 8; fridge 9*; garbagecan 10; microwave 11*; sinkbasin 12; stoveburner 13 14 15 16; toaster 17
cabinet 0* 1 2* 3* 4* 5 6* 7* 8* 9* 10; coffeemachine 11; countertop 12 11; diningtable 13; drawer 14* 15* 16*; fridge 17*; garbagecan 18; microwave 19*; sinkbasin 20; stoveburner 21 22 23 24; toaster 25
cabinet 0* 1* 2* 3* 4 3 5* 6* 7* 8* 9* 10* 11 12* 13 13 14* 15* 16* 17* 18 19* 20* 21* 22* 23* 24*; coffeemachine 25; countertop 26 27; diningtable 28; drawer 29* 30* 31* 32* 33* 34* 35* 36* 37* 38* 38* 37*; fridge 39*; garbagecan 40; microwave 41*; sinkbasin 42; stoveburner 43 44 44 45; toaster 26
cabinet 0* 1 2 3* 1 4* 5 5* 6 7 8* 9* 10* 11 12* 13* 14 15 15 16; coffeemachine 17; countertop 18 19; diningtable 20 21; drawer 2 2 22 23 11 24; fridge 25*; garbagecan 26; microwave 27*; sinkbasin 28; stoveburner 29 30 29 30; toaster 31
cabinet 0* 1* 2* 3* 4* 5* 6* 7* 8* 9* 10 11 12 13* 10* 14*; coffeemachine 15; countertop 15 16; diningtable 17; drawer 18* 19* 20* 21* 22*; fridge 23*; garbagecan 24; microwave 25*; safe 26*; sinkbasin 27; stoveburner 28 29 28 29; toaster 16
cabinet 0* 1 2 3 4 5 6* 7* 8* 9* 10* 11* 12* 13* 14* 15* 16 17* 18* 19 19; coffeemachine 20; countertop 21 22; diningtable 23; drawer 24 25 26 27 28; fridge 29*; garbagecan 30; microwave 31*; sinkbasin 32; stoveburner 33 34 33 34; toaster 35
cabinet 0 1* 2* 3* 4* 5 6* 7* 8* 9* 7* 10* 11*; coffeemachine 12; countertop 13; diningtable 14; drawer 15; fridge 16*; garbagecan 17; microwave 18*; shelf 19 20 21; sinkbasin 22; stoveburner 23 24 23 24; toaster 13
cabinet 0* 1* 2* 3*; coffeemachine 4; countertop 5; diningtable 6 7 8; drawer 9*; fridge 10*; garbagecan 11; microwave 12*; sidetable 13; sinkbasin 14; stoveburner 15 16 17 18; toaster 19
cabinet 0* 1* 2* 3* 4* 5* 6* 7* 8* 9* 10* 11* 11* 12* 13* 14* 15* 16* 15* 17*; coffeemachine 18; countertop 19 20 21; drawer 22 23* 24*; fridge 25*; garbagecan 26; microwave 27*; sinkbasin 28; stoveburner 29 29 29 29; toaster 30
cabinet 0 1 2 3 4* 5* 6* 7* 8* 9*; coffeemachine 10; countertop 10; diningtable 11; drawer 12* 13; fridge 14*; garbagecan 15; microwave 16*; sinkbasin 17; stoveburner 18 19 20 21; toaster 22
cabinet 0* 1* 2* 3* 2* 4* 5* 6 7* 8* 9* 10* 10* 11* 12* 13* 14* 15* 16* 16* 17 18* 19*; coffeemachine 20; countertop 21 22 23; diningtable 24; drawer 6 25* 26* 27*; fridge 28*; garbagecan 29; microwave 30*; sinkbasin 31; stoveburner 32 33 32 33; toaster 21
cabinet 0 1 2 3 4* 5* 6* 7* 8* 9 10* 11* 12*; coffeemachine 13; countertop 13; drawer 14* 15* 16* 17* 18*; fridge 19*; garbagecan 20; microwave 21*; sinkbasin 17; stoveburner 22 23 1 20; toaster 24
cabinet 0* 1* 2 2 3* 4* 5 5 6* 7; coffeemachine 8; countertop 9 10; diningtable 11 12; drawer 13* 14* 15*; fridge 16*; garbagecan 7; microwave 17*; sinkbasin 18; stoveburner 19 19 20 20; toaster 21
cabinet 0* 1* 2* 3* 4* 5 6* 7* 8* 9* 10 5; coffeemachine 11; countertop 12 13; diningtable 14; drawer 15* 16* 17*; fridge 18*; garbagecan 19; microwave 20*; sinkbasin 21; stoveburner 22 23 22 23; toaster 13
cabinet 0* 1* 2* 3* 4 5 6* 7* 8* 9* 10*; coffeemachine 11; countertop 12 13; diningtable 14 15; drawer 16* 17 18; fridge 19*; garbagecan 20; microwave 21*; sidetable 22; sinkbasin 23; stoveburner 24 25 24 25; toaster 26
cabinet 0* 1* 2* 3* 4* 5* 5* 6* 7* 8* 9* 10* 11*; coffeemachine 12; countertop 13 14 15 16; drawer 17* 18* 19* 20* 21* 22* 23* 24* 25* 26* 27* 28* 26* 29* 28* 26* 27* 30* 31* 32* 33* 34* 35* 35* 36* 37* 38*; fridge 39*; garbagecan 40; microwave 41*; sinkbasin 42; stoveburner 43 44 43 44; toaster 45
`,
  living: `
armchair 0 1; coffeetable 2; diningtable 3 4; drawer 5* 6*; garbagecan 7; sidetable 8 9; sofa 10; tvstand 11
armchair 0; coffeetable 1; garbagecan 2; sidetable 3; sofa 4; tvstand 5
armchair 0; coffeetable 1; diningtable 2; drawer 3* 4* 5* 6* 7 8* 9*; garbagecan 10; ottoman 11; sidetable 12; sofa 13
armchair 0; coffeetable 1; desk 2; diningtable 3; drawer 4* 4* 4* 5* 5* 6*; garbagecan 7; safe 4*; shelf 8 9 10; sofa 11 12; tvstand 13
armchair 0 1; diningtable 2; drawer 3* 4* 5* 6*; dresser 7; garbagecan 8; ottoman 9; sidetable 10 11 12; sofa 13
armchair 0; coffeetable 1; garbagecan 2; shelf 3 4 5 6 7 8 9 10 11 12 13 14 15 16; sofa 17; tvstand 18 2
armchair 0 1; coffeetable 2 3; garbagecan 4; shelf 5 6 7 7 8 9 10 11; sofa 12; tvstand 10
armchair 0; diningtable 1; drawer 2*; garbagecan 3; ottoman 4; shelf 5 6 7 8 9 9 10 11; sidetable 12; sofa 13; tvstand 9
armchair 0; coffeetable 1; drawer 2* 3* 4 5*; dresser 6; garbagecan 7; sidetable 8 9; sofa 10
armchair 0; coffeetable 1 2; drawer 3* 4* 5* 6* 7* 8* 9* 10*; dresser 11 12; garbagecan 13; ottoman 14; sofa 15
armchair 0 1; coffeetable 2; diningtable 3; drawer 4* 5* 6* 7* 8* 8* 9* 10* 11* 12* 13* 14*; dresser 15; garbagecan 16; sidetable 17 18 19; sofa 20
armchair 0; coffeetable 1; garbagecan 2; shelf 3 4; sidetable 5; sofa 6 7
armchair 0; diningtable 1; drawer 2* 3* 4* 5*; garbagecan 6; shelf 7; sidetable 8 9 10; sofa 11
coffeetable 0; diningtable 1; drawer 2* 3* 4* 5*; dresser 6; garbagecan 7; sidetable 8 9; sofa 10
armchair 0; coffeetable 1; diningtable 2 2; drawer 3* 4* 5* 6* 7* 8*; dresser 9; garbagecan 10; sidetable 11; sofa 12 13; tvstand 14
armchair 0; coffeetable 1; drawer 2* 3* 3* 4* 4* 5* 6*; garbagecan 7; sidetable 8 9 10; sofa 11 12; tvstand 13
armchair 0; cabinet 1; drawer 2* 3* 4* 3* 5* 6* 7* 8* 9* 10* 11* 12* 13* 14* 14* 15* 16* 17 18* 19* 17; dresser 20; garbagecan 21; sidetable 22 23 24 25 26; sofa 27
armchair 0; coffeetable 1; drawer 2*; garbagecan 3; shelf 4 5 6 7 8 9; sidetable 10; sofa 11 12; tvstand 7
armchair 0 1; cabinet 2* 3* 4* 5* 6* 7* 8* 9*; coffeetable 10 11; diningtable 12; drawer 13* 14* 15* 16* 17* 18* 19*; garbagecan 20; shelf 21 22 23 24 25 26 27 28 29 30 31 32 33; sofa 34
armchair 0; coffeetable 1; drawer 2* 3* 4* 5*; dresser 6; garbagecan 7; sidetable 8 9 10; sofa 11
armchair 0 1; coffeetable 2 3; diningtable 4; garbagecan 5; sidetable 6 7; sofa 8
`,
  bedroom: `
bed 0; desk 1; drawer 2 3 2 3 2 3 4 5 6* 6* 7* 8* 8* 9 10 11* 12*; dresser 13; garbagecan 14; shelf 15 16 17 18 19 19
bed 0; desk 1; drawer 2* 3* 4; garbagecan 5; safe 6*; shelf 7 8 9 10 11; sidetable 12 13
bed 0; desk 1; drawer 2* 3* 4* 5 5; dresser 5; garbagecan 6; shelf 7 8 9 9 10 11 12 13 14 14 15 16; sidetable 17
bed 0 1; desk 2; drawer 2 2 2; garbagecan 3; laundryhamper 4; shelf 5
bed 0; desk 1; drawer 2 2 3* 4* 5*; dresser 6; garbagecan 7; laundryhamper 8; shelf 9
bed 0; desk 1; drawer 2* 3* 4* 5* 6*; garbagecan 7; laundryhamper 8; shelf 9; sidetable 10
bed 0; desk 1; drawer 2* 2* 3*; garbagecan 4; laundryhamper 5; shelf 6 7; sidetable 8
armchair 0 1 2; bed 3; cabinet 4* 5*; desk 6; drawer 7* 8* 9 10*; garbagecan 11; laundryhamper 12; safe 13; sidetable 14
bed 0; cabinet 1* 2* 3* 3*; desk 4; drawer 5* 6*; garbagecan 7; shelf 2; sidetable 8
armchair 0 1; bed 2; countertop 3; diningtable 4; drawer 5* 6*; dresser 7; garbagecan 8; laundryhamper 9; sidetable 10
bed 0; desk 1; drawer 2* 3*; garbagecan 4; shelf 5 6 6 7 8 9 10 10; sidetable 11
bed 0; desk 1; drawer 2* 3* 4* 5* 6* 7*; garbagecan 8; shelf 9 10; sidetable 11
bed 0; desk 1; drawer 2* 3* 4* 5* 6*; dresser 7; garbagecan 8
bed 0; desk 1; drawer 2* 3; garbagecan 4; shelf 5; sidetable 6
bed 0; drawer 1* 2* 3* 4* 5* 2* 6* 7* 7* 8* 9*; dresser 10; garbagecan 11; laundryhamper 12; safe 13*; sidetable 14
armchair 0; bed 1 2; cabinet 3*; desk 4 5; drawer 6* 7* 8* 9* 10 11 11 12* 13* 14* 15* 16* 17*; dresser 18 10; garbagecan 19
bed 0; drawer 1* 2* 3* 4* 5* 6* 5* 6* 7* 8*; dresser 9; garbagecan 10; shelf 11 12 13 14 15 16 17 18 19
bed 0; desk 1 2; garbagecan 3; shelf 4 5 4 6 7
armchair 0; bed 1; diningtable 2; drawer 3* 4*; garbagecan 5; sidetable 3 6
armchair 0; bed 1; cabinet 2* 3* 4* 5*; drawer 6 7 8* 9* 10* 11*; dresser 12; garbagecan 13; sidetable 14 15
bed 0 1; desk 2; drawer 3* 4* 5* 6* 7* 7* 8* 9* 10* 11* 12*; dresser 13; garbagecan 14; safe 15*; sidetable 16 17
bed 0; drawer 1* 2* 3* 4* 3* 4* 5* 6* 7* 8*; dresser 9; garbagecan 10; shelf 11 11 11 12 13 14 15
bed 0; desk 1; drawer 2* 3 4* 5* 6* 5* 7* 8*; dresser 3; garbagecan 9; shelf 10 11 12 13 14
bed 0; desk 1; drawer 2* 3*; garbagecan 4; shelf 5; sidetable 6
bed 0; diningtable 1; drawer 2 3 4* 5*; garbagecan 6; sidetable 2 7
armchair 0; bed 1; drawer 2* 3* 4* 5* 5* 6* 7* 8* 9* 10* 11 12 13* 14* 15* 16*; dresser 17 11; garbagecan 18; shelf 19 20; sidetable 21 22
`,
  bathroom: `
bathtubbasin 0; cart 1; garbagecan 2; handtowelholder 3 4; shelf 5 6 7 8; sinkbasin 9; toilet 10; toiletpaperhanger 11; towelholder 12 13
bathtubbasin 0; cabinet 1* 2* 3* 2*; countertop 4; garbagecan 5; handtowelholder 6 7; shelf 8; sinkbasin 9 10; toilet 11; toiletpaperhanger 12; towelholder 13 14
bathtubbasin 0; cabinet 1* 2* 3* 4*; countertop 5; garbagecan 6; handtowelholder 7; shelf 8; sinkbasin 9 10; toilet 11; toiletpaperhanger 12; towelholder 13 14
bathtubbasin 0; cabinet 1* 2* 2* 3* 4*; countertop 5; garbagecan 6; handtowelholder 7 8; sinkbasin 9; toilet 10; toiletpaperhanger 6; towelholder 11
bathtubbasin 0; cabinet 1* 2*; countertop 3; garbagecan 4; handtowelholder 5; sinkbasin 6; toilet 7; toiletpaperhanger 8; towelholder 9
bathtubbasin 0; cabinet 1* 2* 3* 4*; countertop 5; garbagecan 6; handtowelholder 7; sinkbasin 8 9; toilet 10; toiletpaperhanger 11; towelholder 12
bathtubbasin 0; cabinet 1* 2* 3* 1*; countertop 4; garbagecan 5; handtowelholder 6; sinkbasin 7 8; toilet 9; toiletpaperhanger 10; towelholder 11
countertop 0; drawer 1* 2* 3* 1* 4* 5*; garbagecan 6; handtowelholder 7 8; sinkbasin 9; toilet 10; toiletpaperhanger 11; towelholder 12 13
bathtubbasin 0; countertop 1; drawer 2* 3* 4* 5* 6* 7*; garbagecan 8; handtowelholder 9 10; sinkbasin 11 12; toilet 13; toiletpaperhanger 14; towelholder 15 16
bathtubbasin 0; countertop 1 2; drawer 3* 4* 5* 6*; garbagecan 7; handtowelholder 8; sinkbasin 9; toilet 10; toiletpaperhanger 11; towelholder 12 13
cabinet 0* 1* 2* 3; countertop 4; garbagecan 5; handtowelholder 6 7; sinkbasin 8 9; toilet 10; toiletpaperhanger 11; towelholder 12
bathtubbasin 0; cabinet 1* 2* 3* 4*; countertop 5; drawer 6 6 6 6; dresser 6; garbagecan 3; handtowelholder 7; sinkbasin 8 9; toilet 10; toiletpaperhanger 11; towelholder 12
bathtubbasin 0; cabinet 1* 2* 1* 3* 4* 5* 6* 7* 7*; countertop 8 9; drawer 10; garbagecan 11; handtowelholder 12; sinkbasin 13; toilet 14; toiletpaperhanger 15; towelholder 16
bathtubbasin 0; countertop 1; drawer 2* 3* 4* 5*; dresser 6; garbagecan 7; handtowelholder 8 9; shelf 10 11; sinkbasin 12; toilet 13; toiletpaperhanger 14; towelholder 15
countertop 0; drawer 1* 2*; garbagecan 3; handtowelholder 4 5; sinkbasin 6 7; toilet 8; toiletpaperhanger 9; towelholder 10
cabinet 0* 0* 1* 2*; countertop 3; garbagecan 4; handtowelholder 5; sinkbasin 6 7; toilet 8; toiletpaperhanger 9; towelholder 10
cabinet 0* 1* 1*; countertop 2; garbagecan 3; handtowelholder 4 5; sinkbasin 6; toilet 7; toiletpaperhanger 8; towelholder 9
bathtubbasin 0; drawer 1 1; garbagecan 2; handtowelholder 3; sidetable 4; sinkbasin 5; toilet 6; toiletpaperhanger 7; towelholder 8
bathtubbasin 0; drawer 1*; garbagecan 2; handtowelholder 3; sidetable 4; sinkbasin 5; toilet 6; toiletpaperhanger 7; towelholder 8 9
bathtubbasin 0; countertop 1 2; drawer 3* 4* 5* 6* 7* 6* 8* 9*; garbagecan 10; handtowelholder 11 12 13 14; sinkbasin 15 16; toilet 17; toiletpaperhanger 18; towelholder 19
bathtubbasin 0; countertop 1; drawer 2* 3* 4* 5* 6 7* 4* 8*; garbagecan 9; handtowelholder 10; sinkbasin 11; toilet 12; toiletpaperhanger 13; towelholder 14 15
bathtubbasin 0; countertop 1; drawer 2* 2* 3* 3* 4* 4* 5* 5*; garbagecan 6; handtowelholder 7 8; sinkbasin 9; toilet 10; toiletpaperhanger 11; towelholder 12
cabinet 0* 1* 2* 3*; countertop 4; garbagecan 5; handtowelholder 6; sinkbasin 7 8; toilet 9; toiletpaperhanger 10; towelholder 11
bathtubbasin 0; garbagecan 1; handtowelholder 2; shelf 3 4 5; sinkbasin 6; toilet 7; toiletpaperhanger 8; towelholder 2
bathtubbasin 0; cart 1; countertop 2; drawer 3* 4* 5* 5*; garbagecan 6; handtowelholder 7; shelf 8; sinkbasin 9; toilet 10; toiletpaperhanger 11; towelholder 12
`,
};

/**
 * Objects by room, one class a line: `mug 2 44 28 26: countertop 101, ...` reads: of 100 such rooms 2 have
 * no mug, 44 one, 28 two and 26 three; where they lie, as counts.
 */
const objectTable: Record<Room, string> = {
  kitchen: `
spatula 0 35 39 27: countertop 161, diningtable 89, drawer 69, sinkbasin 23, stoveburner 2
pan 0 76 22 2: stoveburner 170, countertop 99, cabinet 21, diningtable 17, fridge 9
soapbottle 0 32 36 32: countertop 111, cabinet 98, diningtable 76, garbagecan 43, shelf 14, sidetable 11
bowl 0 41 34 26: cabinet 119, fridge 78, countertop 68, diningtable 51, sinkbasin 14, microwave 10, shelf 6, sidetable 2
apple 0 34 35 31: fridge 84, countertop 79, diningtable 49, microwave 46, garbagecan 39, sinkbasin 38, sidetable 4
saltshaker 0 40 27 33: cabinet 112, countertop 92, diningtable 66, drawer 63, shelf 11, sidetable 8
cup 0 40 36 24: cabinet 79, countertop 77, fridge 62, diningtable 49, sinkbasin 38, microwave 25, shelf 11, sidetable 4
tomato 0 39 28 33: countertop 120, fridge 112, diningtable 64, garbagecan 32, sinkbasin 25, sidetable 6
pot 0 51 44 4: stoveburner 238, countertop 38, diningtable 17, fridge 15, cabinet 10, shelf 2
peppershaker 0 40 27 34: countertop 115, cabinet 110, drawer 60, diningtable 48, shelf 15, sidetable 9
butterknife 1 37 40 22: countertop 173, diningtable 99, drawer 31, sinkbasin 21, sidetable 2
fork 2 38 29 31: countertop 161, diningtable 91, drawer 63, sinkbasin 30, sidetable 6
bread 2 59 27 12: countertop 150, diningtable 88, fridge 39, sidetable 3, garbagecan 2
lettuce 2 42 37 19: countertop 126, diningtable 98, fridge 75, sinkbasin 12, garbagecan 2, sidetable 2
mug 2 44 28 26: countertop 101, coffeemachine 66, fridge 60, cabinet 53, diningtable 41, sinkbasin 31, microwave 29, shelf 11, sidetable 3
spoon 2 38 25 35: countertop 123, drawer 100, diningtable 77, sinkbasin 50, sidetable 6
egg 2 41 32 26: fridge 86, countertop 80, sinkbasin 45, garbagecan 42, microwave 38, diningtable 38, sidetable 3
dishsponge 3 34 30 34: countertop 97, cabinet 85, diningtable 60, drawer 48, sinkbasin 26, garbagecan 15, shelf 7
potato 3 29 35 33: countertop 112, fridge 80, diningtable 50, microwave 41, sinkbasin 35, garbagecan 22, sidetable 8
knife 4 35 38 24: countertop 171, diningtable 80, drawer 65, sinkbasin 12, sidetable 2
plate 4 41 34 21: cabinet 130, countertop 81, diningtable 55, fridge 34, microwave 7, shelf 7, sinkbasin 7
winebottle 50 17 18 16: countertop 48, diningtable 46, cabinet 43, garbagecan 19, shelf 9, fridge 3
kettle 52 19 18 12: stoveburner 58, countertop 51, cabinet 30, diningtable 9, sinkbasin 2
ladle 62 9 16 13: countertop 64, drawer 23, cabinet 22, diningtable 20
papertowelroll 70 30 0 0: countertop 32, diningtable 12, garbagecan 9, shelf 4, sidetable 2
houseplant 70 27 3 0: countertop 56, diningtable 15
glassbottle 73 8 11 9: countertop 32, cabinet 27, diningtable 18, sinkbasin 13, fridge 6, shelf 4, garbagecan 4
vase 83 0 8 9: countertop 27, shelf 24, cabinet 22
statue 83 3 12 3: countertop 30, shelf 22, diningtable 3
cellphone 84 8 7 1: drawer 20, countertop 16, diningtable 5
book 88 7 4 1: countertop 17, diningtable 6, cabinet 5, drawer 2
pencil 90 3 3 4: drawer 16, countertop 12, diningtable 7
sink 90 10 0 0: countertop 21
creditcard 93 2 4 2: drawer 14, countertop 12, shelf 2
spraybottle 93 1 4 2: countertop 11, diningtable 7, cabinet 6, garbagecan 3
pen 94 2 4 1: diningtable 14, countertop 12, drawer 2
`,
  living: `
laptop 0 58 35 8: diningtable 27, sofa 25, coffeetable 15, sidetable 11, armchair 8, tvstand 6, dresser 2
statue 0 22 35 42: sidetable 35, coffeetable 32, diningtable 32, shelf 28, tvstand 8, dresser 4
pillow 0 82 15 2: sofa 58, armchair 9
creditcard 0 42 15 42: coffeetable 27, armchair 17, sidetable 17, sofa 16, drawer 12, diningtable 8, dresser 7, tvstand 6, shelf 6, ottoman 4
keychain 2 45 22 30: coffeetable 18, sofa 17, drawer 16, sidetable 13, diningtable 10, armchair 10, dresser 7, tvstand 6, shelf 3
remotecontrol 2 15 38 45: sofa 30, coffeetable 25, dresser 14, sidetable 13, armchair 13, tvstand 10, diningtable 9, drawer 7, shelf 6
box 12 45 28 15: diningtable 26, sofa 19, coffeetable 18, dresser 8, sidetable 5
houseplant 28 72 0 0: sidetable 23, coffeetable 13, diningtable 2, tvstand 2
television 30 70 0 0: dresser 20, tvstand 16, coffeetable 6
newspaper 42 10 30 18: diningtable 17, sofa 15, sidetable 9, coffeetable 9, shelf 7, armchair 4, dresser 3, drawer 2
vase 58 5 10 28: shelf 38, diningtable 11, tvstand 9, sidetable 8, coffeetable 7, dresser 3
tissuebox 58 5 20 18: sidetable 16, coffeetable 15, diningtable 14, dresser 3, shelf 2
watch 62 15 18 5: coffeetable 12, sidetable 7, diningtable 7, drawer 5, tvstand 5, shelf 4, dresser 4
plate 68 15 12 5: diningtable 17, shelf 6, coffeetable 5, sidetable 3
book 72 12 8 8: dresser 11, coffeetable 6, armchair 4, sidetable 4, sofa 4, diningtable 2
desklamp 72 28 0 0: sidetable 16
cellphone 78 12 5 5: coffeetable 7, dresser 5, armchair 5, drawer 4, sidetable 3
pen 85 8 5 2: sidetable 6, coffeetable 5, dresser 3
candle 85 0 0 15: sidetable 8, diningtable 6, coffeetable 4, dresser 2
pencil 88 0 5 8: sidetable 13, coffeetable 10
wateringcan 92 5 2 0: coffeetable 4
bowl 95 2 2 0: diningtable 4, tvstand 2
`,
  bedroom: `
laptop 0 50 33 17: bed 93, desk 21, armchair 5, dresser 4, diningtable 2
alarmclock 0 39 39 22: desk 47, sidetable 32, dresser 30, shelf 23, diningtable 9
pillow 0 46 50 4: bed 126
creditcard 0 33 37 30: drawer 59, sidetable 27, desk 24, dresser 23, shelf 21, armchair 7, diningtable 6
cellphone 0 35 30 35: bed 48, drawer 27, desk 25, dresser 20, sidetable 14, shelf 12, diningtable 5, armchair 5, safe 3
book 0 37 43 20: bed 74, desk 27, drawer 19, dresser 7, cabinet 7, diningtable 6, sidetable 5
pencil 0 44 35 20: desk 35, dresser 25, sidetable 25, drawer 23, shelf 17, diningtable 12, garbagecan 11
pen 0 52 26 22: desk 40, dresser 24, sidetable 22, drawer 20, shelf 19, diningtable 10, garbagecan 3, countertop 2
keychain 4 35 35 26: drawer 39, desk 31, shelf 20, dresser 20, sidetable 16, safe 11, diningtable 11, armchair 8, cabinet 3
cd 6 39 19 37: drawer 43, desk 27, dresser 20, sidetable 18, garbagecan 13, shelf 12, diningtable 9, armchair 4, cabinet 2
desklamp 22 70 7 0: desk 27, sidetable 22, dresser 13, shelf 4
mug 59 19 13 9: desk 23, sidetable 13, diningtable 12, shelf 8, dresser 7, cabinet 5, countertop 2
bowl 61 19 17 4: desk 27, shelf 16, dresser 6, sidetable 4, diningtable 2
houseplant 70 30 0 0: shelf 11, desk 9, cabinet 5, dresser 2
teddybear 80 20 0 0: bed 20
remotecontrol 89 4 6 2: drawer 5, desk 4, armchair 2, sidetable 2
statue 91 7 2 0: shelf 5, dresser 4
tissuebox 91 0 4 6: desk 8, diningtable 5, sidetable 4, shelf 2
vase 94 2 4 0: shelf 6, dresser 3
box 94 6 0 0: shelf 3, desk 2
`,
  bathroom: `
handtowel 0 81 19 0: handtowelholder 95, countertop 8
cloth 0 47 36 17: bathtubbasin 42, cabinet 38, countertop 21, drawer 19, shelf 9, sinkbasin 7, toilet 5, cart 3
candle 0 40 32 28: toilet 48, countertop 40, cabinet 26, shelf 15, drawer 13, cart 3, dresser 2, sidetable 2
towel 0 85 15 0: towelholder 88
spraybottle 0 38 34 28: countertop 51, toilet 35, cabinet 31, garbagecan 13, shelf 11, cart 8, dresser 6, sidetable 6
soapbottle 2 32 34 32: countertop 45, toilet 36, cabinet 35, shelf 13, garbagecan 12, drawer 4, cart 3, dresser 2
toiletpaper 2 30 57 11: toilet 34, cabinet 28, countertop 24, toiletpaperhanger 17, garbagecan 14, shelf 12, drawer 10, cart 2, sidetable 2
soapbar 4 36 30 30: countertop 39, sinkbasin 23, toilet 22, cabinet 15, bathtubbasin 12, shelf 12, drawer 11, garbagecan 6, cart 2
tissuebox 79 6 9 6: shelf 12, countertop 11, drawer 8, cart 3
dishsponge 79 9 9 4: bathtubbasin 9, toilet 8, shelf 4, drawer 3, cart 3, sinkbasin 2
sink 81 19 0 0: countertop 10, sinkbasin 9
papertowelroll 87 13 0 0: countertop 3, garbagecan 3, toilet 2, shelf 2
houseplant 94 6 0 0: sidetable 3
`,
};

/** What may be put where: receptacle class -> object classes. */
const containTable = `
armchair: book box cellphone cloth creditcard keychain laptop newspaper pillow remotecontrol
bathtubbasin: cloth dishsponge handtowel soapbar
bed: baseballbat basketball book cellphone laptop pillow tennisracket
cabinet: book bowl box candle cd cloth cup dishsponge glassbottle handtowel kettle ladle mug newspaper pan peppershaker plate plunger pot saltshaker soapbar soapbottle spraybottle tissuebox toiletpaper vase wateringcan winebottle
cart: candle cloth dishsponge handtowel plunger soapbar soapbottle spraybottle tissuebox toiletpaper
coffeemachine: mug
coffeetable: book bowl box candle cellphone creditcard keychain laptop newspaper pen pencil plate remotecontrol statue tissuebox vase watch wateringcan
countertop: alarmclock apple book bowl bread butterknife candle cd cellphone cloth creditcard cup dishsponge egg fork glassbottle handtowel kettle keychain knife ladle laptop lettuce mug pan pen pencil peppershaker plate pot potato remotecontrol saltshaker soapbar soapbottle spatula spoon spraybottle statue tissuebox toiletpaper tomato vase winebottle
desk: alarmclock basketball book bowl box cd cellphone cloth creditcard keychain laptop mug pen pencil remotecontrol statue tennisracket tissuebox vase watch wateringcan
diningtable: alarmclock apple baseballbat book bowl box bread butterknife candle cd cellphone creditcard cup dishsponge egg fork glassbottle kettle keychain knife ladle laptop lettuce mug newspaper pan pen pencil peppershaker plate pot potato remotecontrol saltshaker soapbottle spatula spoon spraybottle statue tissuebox tomato vase watch wateringcan winebottle
drawer: book butterknife candle cd cellphone cloth creditcard dishsponge fork handtowel keychain knife ladle newspaper pen pencil peppershaker remotecontrol saltshaker soapbar soapbottle spatula spoon spraybottle tissuebox toiletpaper watch wateringcan
dresser: alarmclock basketball book bowl box candle cd cellphone cloth creditcard keychain laptop mug newspaper pen pencil plate remotecontrol spraybottle statue tennisracket tissuebox toiletpaper vase watch wateringcan
fridge: apple bowl bread cup egg glassbottle lettuce mug pan plate pot potato tomato winebottle
garbagecan: apple bread cd cloth dishsponge egg handtowel lettuce newspaper pen pencil potato soapbar soapbottle spraybottle tissuebox toiletpaper tomato winebottle
handtowelholder: handtowel
laundryhamper: cloth
microwave: apple bowl bread cup egg glassbottle mug plate potato tomato
ottoman: book box cellphone creditcard keychain laptop newspaper pillow remotecontrol
safe: cd cellphone creditcard keychain statue vase
shelf: alarmclock book bowl box candle cd cellphone cloth creditcard cup dishsponge glassbottle handtowel kettle keychain mug newspaper pen pencil peppershaker plate pot remotecontrol saltshaker soapbar soapbottle spraybottle statue tissuebox toiletpaper vase watch wateringcan winebottle
sidetable: alarmclock apple baseballbat basketball book bowl box bread butterknife candle cd cellphone cloth creditcard cup dishsponge egg fork handtowel kettle keychain knife laptop lettuce mug newspaper pan pen pencil peppershaker plate pot potato remotecontrol saltshaker soapbar soapbottle spatula spoon spraybottle statue tennisracket tissuebox toiletpaper tomato vase watch wateringcan winebottle
sinkbasin: apple bowl butterknife cloth cup dishsponge egg fork glassbottle handtowel kettle knife ladle lettuce mug pan plate pot potato soapbar spatula spoon tomato
sofa: book box cellphone creditcard keychain laptop newspaper pillow remotecontrol
stoveburner: kettle pan pot
toilet: candle cloth dishsponge handtowel soapbar soapbottle spraybottle tissuebox toiletpaper
toiletpaperhanger: toiletpaper
towelholder: towel
tvstand: tissuebox
`;

/** What can be done to an object class. */
export const kinds = {
  heatable: new Set('apple bread cup egg mug plate potato tomato'.split(' ')),
  coolable: new Set('apple bowl bread cup egg lettuce mug pan plate pot potato tomato winebottle'.split(' ')),
  cleanable: new Set(
    'apple bowl butterknife cloth cup dishsponge egg fork kettle knife ladle lettuce mug pan plate pot potato soapbar spatula spoon tomato'.split(
      ' ',
    ),
  ),
  toggleable: new Set('desklamp floorlamp'.split(' ')),
  sliceable: new Set('apple bread egg lettuce potato tomato'.split(' ')),
  containers: new Set('bowl box cup mug pan plate pot'.split(' ')),
  /** Fixtures that nobody can pick up. */
  fixed: new Set('desklamp floorlamp houseplant sink television'.split(' ')),
};

export interface PlannedReceptacle {
  kind: string;
  openable: boolean;
  /** Receptacles of one plan with equal places are reached from the same spot. */
  place: number;
}

export interface ObjectFigures {
  kind: string;
  /** Relative frequency of 0, 1, 2 and 3 copies in a room. */
  copies: number[];
  /** Receptacle class -> how often the object was seen there. */
  where: Map<string, number>;
}

function lines(text: string): string[] {
  return text.trim().split('\n');
}

function byRoom<T>(table: Record<Room, string>, decode: (line: string) => T): Record<Room, T[]> {
  return Object.fromEntries(rooms.map((room) => [room, lines(table[room]).map(decode)])) as Record<Room, T[]>;
}

export const plans = byRoom(planTable, (line): PlannedReceptacle[] =>
  line.split('; ').flatMap((part) => {
    const [kind, ...places] = part.split(' ') as [string, ...string[]];
    return places.map((place) => ({ kind, openable: place.endsWith('*'), place: parseInt(place, 10) }));
  }),
);

export const objects = byRoom(objectTable, (line): ObjectFigures => {
  const [head, tail] = line.split(': ') as [string, string];
  const [kind, ...copies] = head.split(' ') as [string, ...string[]];
  const where = tail.split(', ').map((part) => part.split(' ') as [string, string]);
  return { kind, copies: copies.map(Number), where: new Map(where.map(([place, count]) => [place, Number(count)])) };
});

export const canContain = new Map(
  lines(containTable).map((line) => {
    const [receptacle, kept] = line.split(': ') as [string, string];
    return [receptacle, new Set(kept.split(' '))] as const;
  }),
);

/** Everything above as text, for hashes of generated worlds. */
export const figuresText = JSON.stringify([planTable, objectTable, containTable]);
