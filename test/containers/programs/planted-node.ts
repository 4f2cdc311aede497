// The program in the nodes' containers with every planted error in it: which one a node has, its options say.

import { PLANTS } from '../../support/planted/plants.ts';
import { sow } from '../../support/planted/twist.ts';

sow(PLANTS);
await import('../../../nodes/main.ts');
