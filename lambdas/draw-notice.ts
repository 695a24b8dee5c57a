import { contract, drawNotice } from '../app/notices/draw-notice.ts';
import { entry } from './entry.ts';

export const handler = entry('DrawNotice', contract, drawNotice, {});
