interface Search {
  readonly row: number;
  /** The squared distance of the nearest so far, or the largest that counts. */
  best: number;
  found: number;
  left: number;
  readonly away: Float64Array;
}

/** Points of `columns` coordinates each, in a k-d tree: nearest neighbours without comparing every pair. */
export class PointTree {
  readonly #points: Float32Array;
  readonly #columns: number;
  /** Numbers of points, so ordered that the halves of a range lie on two sides of its middle. */
  readonly #order: Uint32Array;
  /** The coordinate by which the range with this middle is halved. */
  readonly #axis: Uint8Array;

  /** @param points row-major, finite. @param members numbers of the rows that the tree has. */
  constructor(points: Float32Array, columns: number, members: readonly number[]) {
    this.#points = points;
    this.#columns = columns;
    this.#order = Uint32Array.from(members);
    this.#axis = new Uint8Array(members.length);
    this.#build(0, members.length);
  }

  /**
   * The nearest member to a row, but for the row itself.
   * @param within the largest sum of squared differences that counts.
   * @param most how many members may be looked at.
   * @returns undefined when none is near enough. `whole` is false when `most` ended the search: a nearer one may exist.
   */
  nearest(row: number, within: number, most: number): { found?: { row: number; squared: number }; whole: boolean } {
    const away = new Float64Array(this.#columns);
    const search = { row, best: within, found: -1, left: most, away };
    this.#search(search, 0, this.#order.length, 0);
    const whole = search.left > 0;
    return search.found === -1 ? { whole } : { found: { row: search.found, squared: search.best }, whole };
  }

  #at(row: number, axis: number): number {
    return this.#points[row * this.#columns + axis] ?? 0;
  }

  #build(from: number, to: number): void {
    if (to - from <= 1) return;
    const axis = this.#widest(from, to);
    // Equal coordinates by number, so that the tree is the same every time.
    this.#order.subarray(from, to).sort((a, b) => this.#at(a, axis) - this.#at(b, axis) || a - b);
    const middle = (from + to) >> 1;
    this.#axis[middle] = axis;
    this.#build(from, middle);
    this.#build(middle + 1, to);
  }

  /** The coordinate that differs most between the members of a range. */
  #widest(from: number, to: number): number {
    let [widest, spread] = [0, -1];
    for (let axis = 0; axis < this.#columns; axis += 1) {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let at = from; at < to; at += 1) {
        const value = this.#at(this.#order[at] ?? 0, axis);
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      if (high - low > spread) [widest, spread] = [axis, high - low];
    }
    return widest;
  }

  /**
   * @param distance from the row to the box that the range lies in, squared: the sum of the squares of `away`, which has
   * the distance along each coordinate (Arya and Mount, 1993).
   */
  #search(search: Search, from: number, to: number, distance: number): void {
    if (from >= to || search.left <= 0) return;
    const middle = (from + to) >> 1;
    const member = this.#order[middle] ?? 0;
    search.left -= 1;
    if (member !== search.row) {
      const squared = this.#squared(search.row, member, search.best);
      if (squared < search.best || (squared === search.best && search.found === -1)) {
        search.best = squared;
        search.found = member;
      }
    }
    const axis = this.#axis[middle] ?? 0;
    const beyond = this.#at(search.row, axis) - this.#at(member, axis);
    const [nearFrom, nearTo, farFrom, farTo] =
      beyond < 0 ? [from, middle, middle + 1, to] : [middle + 1, to, from, middle];
    this.#search(search, nearFrom, nearTo, distance);
    const before = search.away[axis] ?? 0;
    const farther = distance - before * before + beyond * beyond;
    if (farther > search.best) return;
    search.away[axis] = beyond;
    this.#search(search, farFrom, farTo, farther);
    search.away[axis] = before;
  }

  /** Sum of squared differences; ends early above `limit`. */
  #squared(one: number, other: number, limit: number): number {
    let sum = 0;
    for (let axis = 0; axis < this.#columns && sum <= limit; axis += 1) {
      const difference = this.#at(one, axis) - this.#at(other, axis);
      sum += difference * difference;
    }
    return sum;
  }
}
