/** An answer of the API that is not a success. `name` is AWS's name for it, which the SDK makes a class of. */
export class ApiError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
