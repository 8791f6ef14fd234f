/** A refusal in the words of SNS: its code, as the SDK maps it to an exception, and its message. */
export class SnsError extends Error {
  override name = 'SnsError';
  readonly code: string;
  readonly httpStatus: number;

  constructor(code: string, message: string, httpStatus = 400) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

export const invalidParameter = (what: string) => new SnsError('InvalidParameter', `Invalid parameter: ${what}`);
