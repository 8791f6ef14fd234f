/** An answer that says no, and why. It is no fault: asked again, the answer is the same until something changes. */
export interface Refusal {
  readonly refused: 'not-found' | 'conflict' | 'invalid';
  /** A stable word for machines, such as `unknown-sku`. */
  readonly code: string;
  /** A sentence for people: what was expected, and what was found. */
  readonly detail: string;
  /** Where in the request it lies, as a path such as `lines[0].picked`. */
  readonly field?: string;
}

export function isRefusal(answer: object): answer is Refusal {
  return 'refused' in answer;
}

export function notFound(code: string, detail: string): Refusal {
  return { refused: 'not-found', code, detail };
}

export function conflict(code: string, detail: string): Refusal {
  return { refused: 'conflict', code, detail };
}

export function invalid(code: string, detail: string, field: string): Refusal {
  return { refused: 'invalid', code, detail, field };
}
