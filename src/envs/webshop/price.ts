/** Prices as the original reads and shows them. */
import { floatRepr } from '../python.ts';

export interface Price {
  /** One price, or the two ends of a range. */
  pricing: number[];
  /** What pages show: `$5.0`, `$5.0 to $9.99`. */
  tag: string;
}

/** The names of the two faults with which the original ends on a price that it cannot read. */
export type PriceFault = 'IndexError' | 'InvalidOperation';

/** What a product without a price costs. */
const unpriced = 100;

/** The number in a piece of text, or null: digits of any script and at most one point. */
function amount(piece: string): number | null {
  const kept = piece.replace(/[^\p{Nd}.]/gu, '').replace(/[^0-9.]/gu, (digit) => String(digitValue(digit.codePointAt(0) as number)));
  return /\d/.test(kept) && kept.indexOf('.') === kept.lastIndexOf('.') ? Number(kept) : null;
}

/** Decimal digits stand in runs of ten, from 0 to 9. */
function digitValue(code: number): number {
  let zero = code;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--;
  return (code - zero) % 10;
}

/** @returns the price, or the name of the fault that the original has with it. */
export function readPrice(raw: string | null | undefined): Price | PriceFault {
  if (!raw) return { pricing: [unpriced], tag: `$${floatRepr(unpriced)}` };
  const amounts = raw.split('$').slice(1).map(amount);
  if (amounts.includes(null)) return 'InvalidOperation';
  const [first, second] = amounts as number[];
  if (first === undefined) return 'IndexError';
  if (second === undefined) return { pricing: [first], tag: `$${floatRepr(first)}` };
  return { pricing: [first, second], tag: `$${floatRepr(first)} to $${floatRepr(second)}` };
}
