; Sysvars that are too large to be read at once.

; The heap address of the entry {u64 slot, hash[32]} of the first slot from %slot on that the SlotHashes sysvar knows, whose id lies at %id; 0 if there is none yet, or if an earlier one may have been forgotten.
; u64 count, then the entries, newest first. No slot has two entries, so that of %slot lies at most newest - %slot after the first: the search goes back from there in steps that double, and then halves what is left. Every read takes 150 CU.
define internal i64 @rt_slot_from(i64 %id, i64 %slot) #0 noinline {
entry:
  %room = call i64 @rt_allocate(i64 80)
  %full = icmp eq i64 %room, 0
  br i1 %full, label %none, label %head
head:
  %other = add i64 %room, 40
  %at = inttoptr i64 %room to ptr
  %newest_at = getelementptr i8, ptr %at, i64 8
  %unread = call i64 @sol_get_sysvar(i64 %id, i64 %room, i64 0, i64 16)
  %failed = icmp ne i64 %unread, 0
  br i1 %failed, label %none, label %counted
counted:
  %entries = load i64, ptr %at, align 8
  %newest = load i64, ptr %newest_at, align 8
  %early = icmp ult i64 %newest, %slot
  br i1 %early, label %none, label %bound
bound:
  %back = sub i64 %newest, %slot
  %far = icmp uge i64 %back, %entries
  %next_back = add i64 %back, 1
  %bound_high = select i1 %far, i64 %entries, i64 %next_back
  br label %search
search:
  %low = phi i64 [ 0, %bound ], [ %next_low, %narrow ]
  %high = phi i64 [ %bound_high, %bound ], [ %next_high, %narrow ]
  %step = phi i64 [ 1, %bound ], [ %next_step, %narrow ]
  %best = phi i64 [ 0, %bound ], [ %next_best, %narrow ]
  %spare = phi i64 [ %room, %bound ], [ %next_spare, %narrow ]
  %empty = icmp uge i64 %low, %high
  br i1 %empty, label %settled, label %read
read:
  %width = sub i64 %high, %low
  %half = lshr i64 %width, 1
  %halving = icmp eq i64 %step, 0
  %most = icmp ugt i64 %step, %width
  %stepped = select i1 %most, i64 %width, i64 %step
  %rest = sub i64 %width, %stepped
  %ahead = select i1 %halving, i64 %half, i64 %rest
  %middle = add i64 %low, %ahead
  %distance = mul i64 %middle, 40
  %offset = add i64 %distance, 8
  %missed = call i64 @sol_get_sysvar(i64 %id, i64 %spare, i64 %offset, i64 40)
  %lost = icmp ne i64 %missed, 0
  br i1 %lost, label %none, label %compare
compare:
  %found_at = inttoptr i64 %spare to ptr
  %found = load i64, ptr %found_at, align 8
  %same = icmp eq i64 %found, %slot
  br i1 %same, label %match, label %narrow
narrow:
  %newer = icmp ugt i64 %found, %slot
  %after = add i64 %middle, 1
  %both = add i64 %room, %other
  %swapped = sub i64 %both, %spare
  %double = shl i64 %step, 1
  %next_low = select i1 %newer, i64 %after, i64 %low
  %next_high = select i1 %newer, i64 %high, i64 %middle
  %next_step = select i1 %newer, i64 0, i64 %double
  %next_best = select i1 %newer, i64 %spare, i64 %best
  %next_spare = select i1 %newer, i64 %swapped, i64 %spare
  br label %search
match:
  ret i64 %spare
settled:
  %forgotten = icmp eq i64 %low, %entries
  %result = select i1 %forgotten, i64 0, i64 %best
  ret i64 %result
none:
  ret i64 0
}
