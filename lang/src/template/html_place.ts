import { attributeContent, escapeValue, type HtmlContext } from './html_escape.ts';
import type { Value } from './value.ts';

/** Elements whose text is no HTML. */
const RAW_ELEMENTS: ReadonlyMap<string, 'script' | 'style' | 'rcdata'> = new Map([
  ['script', 'script'],
  ['style', 'style'],
  ['textarea', 'rcdata'],
  ['title', 'rcdata'],
]);

type Where = 'text' | 'tag' | 'name' | 'beforeValue' | 'value' | 'comment';

/**
 * Where in an HTML document a rendering is, followed along the template's own text. Values are escaped for their place,
 * after the contexts of html/template (pkg.go.dev/html/template), which finds them beforehand.
 */
export class HtmlPlace {
  #where: Where = 'text';
  /** The raw element the text belongs to, or the one whose tag is open. */
  #element = '';
  #attribute = '';
  #quote: '' | '"' | "'" = '';
  /** What was written of the attribute's value, or of a script since its last quote. */
  #value = '';
  #scriptQuote = '';

  /** Follows text of the template. @returns it without its comments */
  literal(text: string): string {
    let out = '';
    for (let at = 0; at < text.length; ) {
      const end = this.#follow(text, at);
      if (this.#where !== 'comment' && text.slice(at, end) !== '-->') out += text.slice(at, end);
      at = end;
    }
    return out;
  }

  /** The text of a value that is written here. */
  escape(value: Value): string {
    if (this.#where === 'comment') return '';
    if (this.#where === 'beforeValue') this.#where = 'value';
    const text = escapeValue(this.#context(), value);
    if (this.#where === 'value') this.#value += text;
    if (this.#where === 'tag') this.#where = 'name';
    if (this.#where === 'name') this.#attribute += text;
    return text;
  }

  #context(): HtmlContext {
    if (this.#where === 'text') {
      const content = RAW_ELEMENTS.get(this.#element) ?? 'html';
      return { content, quoting: content === 'script' ? this.#scriptQuote : '', before: '' };
    }
    if (this.#where !== 'value') return { content: 'name', quoting: '', before: '' };
    const content = attributeContent(this.#attribute);
    return { content, quoting: this.#quote, before: this.#value };
  }

  /** Takes the next piece of text. @returns where it ends */
  #follow(text: string, at: number): number {
    switch (this.#where) {
      case 'text':
        return this.#followText(text, at);
      case 'comment': {
        const end = text.indexOf('-->', at);
        if (end < 0) return text.length;
        if (end > at) return end;
        this.#where = 'text';
        return end + 3;
      }
      case 'tag':
      case 'name':
      case 'beforeValue':
        return this.#followTag(text, at);
      case 'value':
        return this.#followValue(text, at);
    }
  }

  #followText(text: string, at: number): number {
    if (RAW_ELEMENTS.has(this.#element)) return this.#followRaw(text, at);
    if (text.startsWith('<!--', at)) {
      this.#where = 'comment';
      return at + 4;
    }
    const tag = matched(/<\/?[a-zA-Z][a-zA-Z0-9:-]*/y, text, at);
    if (tag === '') return at + 1;
    this.#where = 'tag';
    this.#element = tag.startsWith('</') ? '' : tag.slice(1).toLowerCase();
    return at + tag.length;
  }

  #followRaw(text: string, at: number): number {
    const close = `</${this.#element}`;
    if (text.slice(at, at + close.length).toLowerCase() === close) {
      this.#where = 'tag';
      this.#element = '';
      this.#scriptQuote = '';
      return at + close.length;
    }
    const char = text.charAt(at);
    if (this.#element === 'script') {
      if (this.#scriptQuote === '' && (char === '"' || char === "'")) this.#scriptQuote = char;
      else if (char === '\\' && this.#scriptQuote !== '') return at + 2;
      else if (char === this.#scriptQuote) this.#scriptQuote = '';
    }
    return at + 1;
  }

  #followTag(text: string, at: number): number {
    const char = text.charAt(at);
    if (char === '>') {
      this.#where = 'text';
      this.#attribute = '';
    } else if (this.#where === 'beforeValue') {
      if (/\s/.test(char)) return at + 1;
      this.#where = 'value';
      this.#quote = char === '"' || char === "'" ? char : '';
      this.#value = '';
      return this.#quote === '' ? at : at + 1;
    } else if (char === '=') {
      this.#where = 'beforeValue';
      this.#value = '';
      this.#quote = '';
    } else if (/[\s/]/.test(char)) {
      if (this.#where === 'name') this.#where = 'tag';
    } else {
      if (this.#where === 'tag') this.#attribute = '';
      this.#where = 'name';
      this.#attribute += char;
    }
    return at + 1;
  }

  #followValue(text: string, at: number): number {
    const char = text.charAt(at);
    const ends = this.#quote === '' ? /[\s>]/.test(char) : char === this.#quote;
    if (!ends) {
      this.#value += char;
      return at + 1;
    }
    this.#where = 'tag';
    this.#attribute = '';
    return this.#quote === '' ? at : at + 1;
  }
}

function matched(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
