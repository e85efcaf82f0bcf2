/** Why nothing was sealed; `code` is stable. */
export class SealingFault extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
