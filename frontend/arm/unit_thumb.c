#include "frontend/arm/thumb.h"
void arm_lift_thumb(struct lift *l) { lift_illegal(l, 0, true, "Thumb"); }
