import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { updateItem } from '../../app/work-items.ts';
import { embeddedPorts, type EmbeddedPorts } from '../support/embedded-ports.ts';

const PLACE = { pk: 'counter', sk: 'one' };
let embedded: EmbeddedPorts;
beforeEach(() => {
  embedded = embeddedPorts();
});
afterEach(() => embedded.close());

test.each([
  ['that is there', true],
  ['that is not there yet', false],
])('no update of an item %s is lost where another writer comes first', async (_, present) => {
  const { workStore } = embedded.ports;
  if (present) await workStore.create({ ...PLACE, data: { by: [] } });
  const add = (by: string) => (data: { by?: unknown } | undefined) => ({ by: [...((data?.by ?? []) as string[]), by] });
  let left = 1;
  await updateItem(workStore, PLACE, async (data) => {
    if (left-- > 0) await updateItem(workStore, PLACE, add('second'));
    return add('first')(data);
  });
  expect((await workStore.get(PLACE.pk, PLACE.sk))?.data).toEqual({ by: ['second', 'first'] });
});
