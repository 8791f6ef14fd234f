/*
 * The AWS query protocol: requests are forms with paths for names, answers are XML.
 * Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** A form as a tree: `Entries.member.1.Id=x` becomes `{ Entries: { member: { 1: { Id: 'x' } } } }`. */
export interface Form {
  [name: string]: string | Form;
}

export function parseForm(body: string): Form {
  const root = emptyForm();
  for (const [path, value] of new URLSearchParams(body)) put(root, path.split('.'), value);
  return root;
}

function put(form: Form, [name = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    form[name] = value;
    return;
  }
  const inner = form[name];
  const next = typeof inner === 'object' ? inner : emptyForm();
  form[name] = next;
  put(next, rest, value);
}

/** Without a prototype: the names in it come from outside. */
function emptyForm(): Form {
  return Object.create(null) as Form;
}

/** The elements of a list, which the protocol numbers under `member` or `entry`. */
export function listOf(list: string | Form | undefined): Form[] {
  const numbered = typeof list === 'object' ? (list.member ?? list.entry) : undefined;
  if (typeof numbered !== 'object') return [];
  return Object.entries(numbered)
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([, element]) => (typeof element === 'object' ? [element] : []));
}

export const textOf = (value: string | Form | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** Text, a structure, or a list of structures, on its way to XML. */
export type Xml = string | { [name: string]: Xml | undefined } | Xml[];

export function responseXml(action: string, result: Xml, requestId: string): string {
  const body = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } };
  return `<${action}Response xmlns="${NAMESPACE}">${toXml(body)}</${action}Response>`;
}

export function errorXml(error: { code: string; message: string; isSender: boolean }, requestId: string): string {
  const { code: Code, message: Message, isSender } = error;
  const body = { Error: { Type: isSender ? 'Sender' : 'Receiver', Code, Message }, RequestId: requestId };
  return `<ErrorResponse xmlns="${NAMESPACE}">${toXml(body)}</ErrorResponse>`;
}

function toXml(value: Xml): string {
  if (typeof value === 'string') return escapeXml(value);
  if (Array.isArray(value)) return value.map((element) => `<member>${toXml(element)}</member>`).join('');
  return Object.entries(value)
    .map(([name, inner]) => (inner === undefined ? '' : `<${name}>${toXml(inner)}</${name}>`))
    .join('');
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string) {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}
