declare module 'asl-validator' {
  /** Adds `QueryLanguage` to the states of the definition that it is given. */
  export default function validate(definition: unknown): { isValid: boolean; errorsText(separator?: string): string };
}
