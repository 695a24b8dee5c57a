import Sequencer from '@jest/test-sequencer';

/** Suites that take a minute or more at a tenth of their full size. They start first, so that none runs alone at the end. */
const LONG = /[\\/]test[\\/](?:faults|crash|promises|lib[\\/]deployment)/;

export default class LongestFirst extends Sequencer {
  sort(suites) {
    const isLong = ({ path }) => LONG.test(path);
    const sorted = super.sort(suites);
    return [...sorted.filter(isLong), ...sorted.filter((suite) => !isLong(suite))];
  }
}
