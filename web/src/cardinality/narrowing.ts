/** What is looked at; empty names do not narrow. */
export interface Narrowing {
  readonly metric: string;
  readonly label: string;
  readonly service: string;
}
