/** A click on the plot: when, on which series (null when none is near), and where on the page. */
export interface PointClick {
  readonly ms: number;
  readonly series: number | null;
  readonly x: number;
  readonly y: number;
}
