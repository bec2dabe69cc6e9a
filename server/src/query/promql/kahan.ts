/** A running sum with Neumaier's correction, as upstream's `kahansum`: the total is `sum + c`. */
export class KahanSum {
  sum: number;
  c = 0;

  constructor(start = 0) {
    this.sum = start;
  }

  add(value: number): void {
    const { sum } = this;
    const total = sum + value;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) this.c = 0;
    else if (Math.abs(sum) >= Math.abs(value)) this.c += sum - total + value;
    else this.c += value - total + sum;
    this.sum = total;
  }

  get total(): number {
    return this.sum + this.c;
  }
}
