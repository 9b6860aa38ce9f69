; Sysvars that are too large to be read at once.

; The heap address of the entry {u64 slot, hash[32]} of %slot in the SlotHashes sysvar, whose id lies at %id; 0 if there is none.
; u64 count, then the entries, newest first; a binary search of at most 10 reads, 150 CU each.
define internal i64 @rt_slot_hash(i64 %id, i64 %slot) #0 noinline {
entry:
  %room = call i64 @rt_allocate(i64 40)
  %full = icmp eq i64 %room, 0
  br i1 %full, label %none, label %count
count:
  %at = inttoptr i64 %room to ptr
  %unread = call i64 @sol_get_sysvar(i64 %id, i64 %room, i64 0, i64 8)
  %failed = icmp ne i64 %unread, 0
  br i1 %failed, label %none, label %counted
counted:
  %entries = load i64, ptr %at, align 8
  br label %search
search:
  %low = phi i64 [ 0, %counted ], [ %next_low, %narrow ]
  %high = phi i64 [ %entries, %counted ], [ %next_high, %narrow ]
  %empty = icmp uge i64 %low, %high
  br i1 %empty, label %none, label %read
read:
  %sum = add i64 %low, %high
  %middle = lshr i64 %sum, 1
  %distance = mul i64 %middle, 40
  %offset = add i64 %distance, 8
  %missed = call i64 @sol_get_sysvar(i64 %id, i64 %room, i64 %offset, i64 40)
  %lost = icmp ne i64 %missed, 0
  br i1 %lost, label %none, label %compare
compare:
  %found = load i64, ptr %at, align 8
  %same = icmp eq i64 %found, %slot
  br i1 %same, label %match, label %narrow
narrow:
  %newer = icmp ugt i64 %found, %slot
  %after = add i64 %middle, 1
  %next_low = select i1 %newer, i64 %after, i64 %low
  %next_high = select i1 %newer, i64 %high, i64 %middle
  br label %search
match:
  ret i64 %room
none:
  ret i64 0
}
