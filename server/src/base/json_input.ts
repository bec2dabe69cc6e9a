/** Not JSON, or more of it than the bounds allow. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

export interface JsonBounds {
  readonly depth: number;
  /** Values and keys together. */
  readonly elements: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: false });

/**
 * Parses a JSON body after looking over its bytes, so that nesting and sheer number of elements cannot make JSON.parse
 * slow or large.
 * @throws JsonError
 */
export function parseJson(body: Uint8Array, bounds: JsonBounds): unknown {
  checkBounds(body, bounds);
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new JsonError(`invalid JSON: ${(error as Error).message.slice(0, 200)}`, { cause: error });
  }
}

/** Sixteen digits may be an integer that a double cannot hold. */
const LONG_NUMBER = /\d{16}/;

/**
 * Like `parseJson`, but integers that a number cannot hold exactly become bigints.
 * @throws JsonError
 */
export function parseExactJson(body: Uint8Array, bounds: JsonBounds): unknown {
  checkBounds(body, bounds);
  const text = utf8.decode(body);
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
  } catch (error) {
    throw new JsonError(`invalid JSON: ${(error as Error).message.slice(0, 200)}`, { cause: error });
  }
}

/** A reviver (ECMA-262, JSON.parse source text access): the source of an unsafe integer is read again. */
function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d{16,40}$/.test(source) ? BigInt(source) : value;
}

function checkBounds(body: Uint8Array, bounds: JsonBounds): void {
  let depth = 0;
  let elements = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
      continue;
    }
    switch (byte) {
      case 0x22:
        inString = true;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > bounds.depth) throw new JsonError(`JSON nested deeper than ${bounds.depth}`);
        elements++;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      case 0x2c:
      case 0x3a:
        elements++;
        break;
      default:
    }
    if (elements > bounds.elements) {
      throw new JsonError(`more than ${bounds.elements} JSON elements in one request`);
    }
  }
}

/** Whether a parsed value is a JSON object. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
