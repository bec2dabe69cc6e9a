/** Distinct texts, numbered from 0 in order of first appearance. */
export class TextCodes {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();

  /** The number of a text, a new one when it is not known. */
  code(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}
