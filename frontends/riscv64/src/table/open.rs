//! Instructions that trap as illegal because nothing implements them: what is left to do.

use super::rows;
use crate::lift::reserved;

rows! {
    // V, Zvbb, Zvkt and their kin.
    "------- ----- ----- --- ----- 1010111" "v.op"      Open reserved;
    "------- ----- ----- 000 ----- 0000111" "v.load8"   Open reserved;
    "------- ----- ----- 101 ----- 0000111" "v.load16"  Open reserved;
    "------- ----- ----- 110 ----- 0000111" "v.load32"  Open reserved;
    "------- ----- ----- 111 ----- 0000111" "v.load64"  Open reserved;
    "------- ----- ----- 000 ----- 0100111" "v.store8"  Open reserved;
    "------- ----- ----- 101 ----- 0100111" "v.store16" Open reserved;
    "------- ----- ----- 110 ----- 0100111" "v.store32" Open reserved;
    "------- ----- ----- 111 ----- 0100111" "v.store64" Open reserved;
}
