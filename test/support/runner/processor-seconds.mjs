import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the machine: `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that this process and its ended children have used; without children where /proc is absent. */
export function processorSeconds() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // The name of the program, in parentheses, is the second field and may hold spaces.
    const [utime, stime, cutime, cstime] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
    return (utime + stime + cutime + cstime) / TICKS_PER_SECOND;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
}
