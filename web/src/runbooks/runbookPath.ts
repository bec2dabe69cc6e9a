/** The name of the runbook an address of its page is for: `/runbooks/payments/slow` is `payments/slow`. */
export function runbookNameIn(pathname: string): string {
  return pathname
    .split('/')
    .slice(2)
    .filter((part) => part !== '')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        // A stray % typed by hand.
        return part;
      }
    })
    .join('/');
}

/** The page of a runbook. */
export const runbookPath = (name: string): string => `/runbooks/${name.split('/').map(encodeURIComponent).join('/')}`;

const prefix = 'label.';

/** Values of labels that somebody typed, in an address: `label.job=payments`. */
export function givenLabels(params: URLSearchParams): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...params].flatMap(([name, value]) =>
      name.startsWith(prefix) && value !== '' ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

/** The parameter that holds a label's value. */
export const labelParameter = (label: string): string => `${prefix}${label}`;
