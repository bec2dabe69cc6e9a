/** What the pointer is over in one part of the screen, marked in all the others. */
export interface Pointed {
  readonly ms: number;
  readonly traceId: string | null;
}
