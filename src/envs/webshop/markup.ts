/** What the original's pages have in common: escaping, addresses, and their first lines. */
import { dictRepr } from '../python.ts';
import type { Session } from './session.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
/** Text inside a page. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] as string);

/** The bytes that the original's web framework leaves as they are in a query string, besides letters and digits. */
const unquoted = /[^A-Za-z0-9\-._~$!'()*,;]/gu;

function quote(text: string): string {
  return text.replace(unquoted, (char) => {
    if (char === ' ') return '+';
    const bytes = new TextEncoder().encode(char);
    return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}

export type Field = readonly [name: string, value: string | number];

/** An address inside the page; every page has the same path. */
export function link(session: Session, ...fields: Field[]): string {
  const query = ([['session_id', session.id], ...fields] as Field[]).map(([name, value]) => `${name}=${quote(String(value))}`);
  return escape(`/?${query.join('&')}`);
}

export function place(session: Session, page = session.pageNumber): Field[] {
  return [...(session.keywords ?? []).map((word): Field => ['keywords', word]), ['page', page]];
}

/** Fields that lead to the product with these options. */
export function itemFields(session: Session, options: ReadonlyMap<string, string> = session.options, sub?: string): Field[] {
  const middle: Field[] = sub === undefined ? [] : [['sub_page', sub]];
  return [['asin', session.product?.asin ?? ''], ...place(session), ...middle, ['options', dictRepr(options)]];
}

/** What all pages between the first and the last begin with. */
export function head(session: Session): string {
  return `<!DOCTYPE html>
<html>
  <head>
    <link rel="stylesheet" href="/static/style.css">
    <link rel="stylesheet" href="https://maxcdn.bootstrapcdn.com/bootstrap/3.4.1/css/bootstrap.min.css">
    <link rel="stylesheet" href="https://cdnjs.cloudflare.com/ajax/libs/font-awesome/4.0.3/css/font-awesome.css\t">
    <script src="https://ajax.googleapis.com/ajax/libs/jquery/3.5.1/jquery.min.js"></script>
    <script src="https://stackpath.bootstrapcdn.com/bootstrap/4.3.1/js/bootstrap.bundle.min.js"></script>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div class="container py-5">
      <div class="row top-buffer">
        <div class="col-sm-6">
          <div id="instruction-text" class="text-center">
            <h4>Instruction:<br>${escape(session.instruction)}</h4>
          </div>
        </div>
      </div>
      <div class="row top-buffer">
        <form method="post" action="${link(session)}">
          <button type="submit" class="btn btn-success">Back to Search</button>
        </form>
      </div>
`;
}

/** What the first and the last page begin with. */
export const outerHead = `<!DOCTYPE html>
<html>
  <head>
    <link rel="stylesheet" href="/static/style.css">
    <link rel="stylesheet" href="https://cdnjs.cloudflare.com/ajax/libs/font-awesome/4.7.0/css/font-awesome.min.css">
    <link rel="stylesheet" href="https://maxcdn.bootstrapcdn.com/bootstrap/3.4.1/css/bootstrap.min.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <!-- Code reference: https://bootsnipp.com/snippets/m13mN -->
    <div class="container" style="margin-top: 8%;">
      <div class="col-md-6 col-md-offset-3">     
        <div class="row">
`;

export function back(address: string): string {
  return `      <div class="row top-buffer">
        <form method="post" action="${address}">
          <button type="submit" class="btn btn-primary">&lt; Prev</button>
        </form>
      </div>
`;
}
