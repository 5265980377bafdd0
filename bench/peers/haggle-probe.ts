/** Loaded by `node --import` into a process of Haggle, beside the program itself, which it leaves as it is: tells its usage. */

import { doAsAsked } from '../../test/crowd/child.ts';
import { usageDeeds } from '../usage.ts';

doAsAsked(usageDeeds);
