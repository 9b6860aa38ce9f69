; Lists. The header of a list is 24 bytes: +0 address of the elements, +8 how many, +16 for how many there is room.
; Elements are %stride bytes each, a multiple of 8.

; Makes the list one element longer; returns the address of that element, 0 if the heap is exhausted. 7 CU if there is room.
; Full, it doubles its room: in place if it lies at the end of the heap, else by a copy.
define internal i64 @rt_list_grow(i64 %list, i64 %stride) #0 {
entry:
  %header = inttoptr i64 %list to ptr
  %count_at = getelementptr i8, ptr %header, i64 8
  %room_at = getelementptr i8, ptr %header, i64 16
  %first = load i64, ptr %header, align 8
  %count = load i64, ptr %count_at, align 8
  %room = load i64, ptr %room_at, align 8
  %full = icmp eq i64 %count, %room
  br i1 %full, label %grow, label %found
grow:
  %twice = shl i64 %room, 1
  %few = icmp ult i64 %twice, 4
  %new_room = select i1 %few, i64 4, i64 %twice
  %used = load i64, ptr inttoptr (i64 12884901888 to ptr), align 8
  %top = add i64 %used, 12884903168
  %held = mul i64 %room, %stride
  %end = add i64 %first, %held
  %last = icmp eq i64 %end, %top
  %size = mul i64 %new_room, %stride
  br i1 %last, label %extend, label %move
extend:
  %more = sub i64 %size, %held
  %added = call i64 @rt_allocate(i64 %more)
  %no_more = icmp eq i64 %added, 0
  br i1 %no_more, label %refuse, label %grown
move:
  %fresh = call i64 @rt_allocate(i64 %size)
  %none = icmp eq i64 %fresh, 0
  br i1 %none, label %refuse, label %copy
copy:
  %ignored = call i64 @sol_memcpy_(i64 %fresh, i64 %first, i64 %held)
  store i64 %fresh, ptr %header, align 8
  br label %grown
grown:
  %from = phi i64 [ %first, %extend ], [ %fresh, %copy ]
  store i64 %new_room, ptr %room_at, align 8
  br label %found
found:
  %start = phi i64 [ %first, %entry ], [ %from, %grown ]
  %before = mul i64 %count, %stride
  %slot = add i64 %start, %before
  %longer = add i64 %count, 1
  store i64 %longer, ptr %count_at, align 8
  ret i64 %slot
refuse:
  ret i64 0
}

; A new list with room for %room elements, none in it yet; 0 if the heap is exhausted.
define internal i64 @rt_list_new(i64 %room, i64 %stride) #0 {
  %size = mul i64 %room, %stride
  %whole = add i64 %size, 24
  %list = call i64 @rt_allocate(i64 %whole)
  %none = icmp eq i64 %list, 0
  br i1 %none, label %refuse, label %made
made:
  %first = add i64 %list, 24
  %header = inttoptr i64 %list to ptr
  store i64 %first, ptr %header, align 8
  %count_at = getelementptr i8, ptr %header, i64 8
  store i64 0, ptr %count_at, align 8
  %room_at = getelementptr i8, ptr %header, i64 16
  store i64 %room, ptr %room_at, align 8
  ret i64 %list
refuse:
  ret i64 0
}
