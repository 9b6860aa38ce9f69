; What constant tables describe (lower/tables.py): bytes that are put together, accounts that are made, calls of other programs.
; An entry: u8 how many bytes, 0 at the end; u8 base; u16 distance from there. Base: 255 the entry itself, 254 the cells,
; 253 nothing, or the number of a cell that holds an address.

; The address of what an entry stands for.
define internal i64 @rt_source(i64 %entry, i64 %cells) #0 alwaysinline {
start:
  %at = inttoptr i64 %entry to ptr
  %base_at = getelementptr i8, ptr %at, i64 1
  %base_byte = load i8, ptr %base_at, align 1
  %base = zext i8 %base_byte to i64
  %distance_at = getelementptr i8, ptr %at, i64 2
  %distance_half = load i16, ptr %distance_at, align 1
  %distance = zext i16 %distance_half to i64
  %literal = icmp eq i64 %base, 255
  br i1 %literal, label %own, label %other
own:
  br label %known
other:
  %direct = icmp eq i64 %base, 254
  br i1 %direct, label %known, label %stored
stored:
  %place = shl i64 %base, 3
  %cell = add i64 %cells, %place
  %cell_at = inttoptr i64 %cell to ptr
  %address = load i64, ptr %cell_at, align 1
  br label %known
known:
  %from = phi i64 [ %entry, %own ], [ %cells, %other ], [ %address, %stored ]
  %source = add i64 %from, %distance
  ret i64 %source
}

; Puts together at %to what the entries say; gives the address behind it. 17 CU for an entry of 8 bytes, 26 for a key.
define internal i64 @rt_pack(i64 %entries, i64 %cells, i64 %to) #0 noinline {
start:
  br label %next
next:
  %entry = phi i64 [ %entries, %start ], [ %following, %done ]
  %target = phi i64 [ %to, %start ], [ %end, %done ]
  %at = inttoptr i64 %entry to ptr
  %size_byte = load i8, ptr %at, align 1
  %size = zext i8 %size_byte to i64
  %over = icmp eq i64 %size, 0
  br i1 %over, label %finished, label %more
more:
  %base_at = getelementptr i8, ptr %at, i64 1
  %base = load i8, ptr %base_at, align 1
  %nothing = icmp eq i8 %base, -3
  br i1 %nothing, label %done, label %copy
copy:
  %source = call i64 @rt_source(i64 %entry, i64 %cells)
  %is_word = icmp eq i64 %size, 8
  br i1 %is_word, label %word, label %longer
word:
  %from = inttoptr i64 %source to ptr
  %into = inttoptr i64 %target to ptr
  %value = load i64, ptr %from, align 1
  store i64 %value, ptr %into, align 1
  br label %done
longer:
  %is_key = icmp eq i64 %size, 32
  br i1 %is_key, label %key, label %bytes
key:
  %copied_key = call i64 @rt_copy_key(i64 %target, i64 %source)
  br label %done
bytes:
  %copied = call i64 @sol_memcpy_(i64 %target, i64 %source, i64 %size)
  br label %done
done:
  %end = add i64 %target, %size
  %following = add i64 %entry, 4
  br label %next
finished:
  ret i64 %target
}

; Logs what the entries say, at most 256 bytes, as an event.
define internal i64 @rt_emit(i64 %entries, i64 %cells) #0 noinline {
  %content = alloca [256 x i8], align 8
  %slice = alloca [16 x i8], align 8
  %start = ptrtoint ptr %content to i64
  %end = call i64 @rt_pack(i64 %entries, i64 %cells, i64 %start)
  %size = sub i64 %end, %start
  store i64 %start, ptr %slice, align 8
  %size_at = getelementptr i8, ptr %slice, i64 8
  store i64 %size, ptr %size_at, align 8
  %slice_address = ptrtoint ptr %slice to i64
  %logged = call i64 @sol_log_data(i64 %slice_address, i64 1)
  ret i64 0
}

; The sha256 of what the entries say, at most 256 bytes, to %to.
define internal i64 @rt_digest(i64 %entries, i64 %cells, i64 %to) #0 noinline {
  %content = alloca [256 x i8], align 8
  %slice = alloca [16 x i8], align 8
  %start = ptrtoint ptr %content to i64
  %end = call i64 @rt_pack(i64 %entries, i64 %cells, i64 %start)
  %size = sub i64 %end, %start
  store i64 %start, ptr %slice, align 8
  %size_at = getelementptr i8, ptr %slice, i64 8
  store i64 %size, ptr %size_at, align 8
  %slice_address = ptrtoint ptr %slice to i64
  %hashed = call i64 @sol_sha256(i64 %slice_address, i64 1, i64 %to)
  ret i64 0
}

; Writes a slice {address, u64 bytes} for each of %count entries to %to. Gives the address behind the entries.
define internal i64 @rt_slices(i64 %entries, i64 %cells, i64 %to, i64 %count) #0 noinline {
start:
  %bytes = shl i64 %count, 2
  %behind = add i64 %entries, %bytes
  br label %next
next:
  %entry = phi i64 [ %entries, %start ], [ %following, %more ]
  %target = phi i64 [ %to, %start ], [ %free, %more ]
  %over = icmp eq i64 %entry, %behind
  br i1 %over, label %finished, label %more
more:
  %source = call i64 @rt_source(i64 %entry, i64 %cells)
  %slice = inttoptr i64 %target to ptr
  store i64 %source, ptr %slice, align 1
  %at = inttoptr i64 %entry to ptr
  %size_byte = load i8, ptr %at, align 1
  %size = zext i8 %size_byte to i64
  %size_at = getelementptr i8, ptr %slice, i64 8
  store i64 %size, ptr %size_at, align 1
  %following = add i64 %entry, 4
  %free = add i64 %target, 16
  br label %next
finished:
  ret i64 %behind
}

; Makes an account of this program and fills it. The table: u8 each the numbers of three cells, that with its record's address,
; that with the payer's, that with u64 bytes which it gets, where the bump is put; u8 seeds of its address, an entry for each; the
; entries of its data. Returns what rt_create_own does.
define internal i64 @rt_found(i64 %table, i64 %cells) #0 noinline {
start:
  %request = alloca [400 x i8], align 8
  %request_address = ptrtoint ptr %request to i64
  %record_at = call i64 @rt_cell(i64 %table, i64 %cells)
  %record_cell = inttoptr i64 %record_at to ptr
  %record = load i64, ptr %record_cell, align 1
  %target_at = getelementptr i8, ptr %request, i64 8
  store i64 %record, ptr %target_at, align 8
  %second = add i64 %table, 1
  %payer_at = call i64 @rt_cell(i64 %second, i64 %cells)
  %payer_cell = inttoptr i64 %payer_at to ptr
  %payer = load i64, ptr %payer_cell, align 1
  %third = add i64 %table, 2
  %space_at = call i64 @rt_cell(i64 %third, i64 %cells)
  %space_cell = inttoptr i64 %space_at to ptr
  %space = load i64, ptr %space_cell, align 1
  %seeds_place = add i64 %table, 3
  %seeds_at = inttoptr i64 %seeds_place to ptr
  %count_byte = load i8, ptr %seeds_at, align 1
  %count = zext i8 %count_byte to i64
  %count_at = getelementptr i8, ptr %request, i64 40
  store i64 %count, ptr %count_at, align 8
  %seeds = add i64 %table, 4
  %slices = add i64 %request_address, 112
  %entries = call i64 @rt_slices(i64 %seeds, i64 %cells, i64 %slices, i64 %count)
  %error = call i64 @rt_create_own(i64 %request_address, i64 %payer, i64 %space)
  %failed = icmp ne i64 %error, 0
  br i1 %failed, label %leave, label %fill
leave:
  ret i64 %error
fill:
  %bump_at = getelementptr i8, ptr %request, i64 48
  %bump = load i64, ptr %bump_at, align 8
  store i64 %bump, ptr %space_cell, align 1
  %data = add i64 %record, 88
  %end = call i64 @rt_pack(i64 %entries, i64 %cells, i64 %data)
  ret i64 0
}

; As rt_found, but takes an account that is there already if it is of this program, of the class, as long as said, and at its
; address: Fault.WRONG_OWNER, WRONG_ACCOUNT_TYPE, ACCOUNT_TOO_SHORT or WRONG_SEEDS otherwise.
define internal i64 @rt_found_or_taken(i64 %table, i64 %cells) #0 noinline {
start:
  %request = alloca [400 x i8], align 8
  %request_address = ptrtoint ptr %request to i64
  %record_at = call i64 @rt_cell(i64 %table, i64 %cells)
  %record_cell = inttoptr i64 %record_at to ptr
  %record = load i64, ptr %record_cell, align 1
  %empty = call i64 @rt_is_empty(i64 %record)
  %there = icmp eq i64 %empty, 0
  br i1 %there, label %take, label %make
make:
  %error = call i64 @rt_found(i64 %table, i64 %cells)
  ret i64 %error
take:
  %id = load i64, ptr inttoptr (i64 12884901904 to ptr), align 8
  %owner = add i64 %record, 40
  %same = call i64 @rt_same_key(i64 %owner, i64 %id)
  %own = icmp ne i64 %same, 0
  br i1 %own, label %class, label %foreign
foreign:
  ret i64 3007
class:
  %seeds_place = add i64 %table, 3
  %seeds_at = inttoptr i64 %seeds_place to ptr
  %count_byte = load i8, ptr %seeds_at, align 1
  %count = zext i8 %count_byte to i64
  %seeds = add i64 %table, 4
  %slices = add i64 %request_address, 112
  %entries = call i64 @rt_slices(i64 %seeds, i64 %cells, i64 %slices, i64 %count)
  %named_at = call i64 @rt_source(i64 %entries, i64 %cells)
  %named = inttoptr i64 %named_at to ptr
  %wanted = load i64, ptr %named, align 1
  %account = inttoptr i64 %record to ptr
  %data_at = getelementptr i8, ptr %account, i64 88
  %found = load i64, ptr %data_at, align 1
  %right = icmp eq i64 %found, %wanted
  br i1 %right, label %length, label %other
other:
  ret i64 3002
length:
  %third = add i64 %table, 2
  %space_at = call i64 @rt_cell(i64 %third, i64 %cells)
  %space_cell = inttoptr i64 %space_at to ptr
  %space = load i64, ptr %space_cell, align 1
  %size_at = getelementptr i8, ptr %account, i64 80
  %size = load i64, ptr %size_at, align 1
  %short = icmp ult i64 %size, %space
  br i1 %short, label %small, label %address
small:
  ret i64 3003
address:
  %target_at = getelementptr i8, ptr %request, i64 8
  store i64 %record, ptr %target_at, align 8
  %count_at = getelementptr i8, ptr %request, i64 40
  store i64 %count, ptr %count_at, align 8
  %wrong = call i64 @rt_find_address(i64 %request_address)
  ret i64 %wrong
}

; The address of the cell whose number is in the byte at %number.
define internal i64 @rt_cell(i64 %number, i64 %cells) #0 alwaysinline {
  %at = inttoptr i64 %number to ptr
  %byte = load i8, ptr %at, align 1
  %index = zext i8 %byte to i64
  %place = shl i64 %index, 3
  %cell = add i64 %cells, %place
  ret i64 %cell
}

; Calls %program. The table: u8 accounts (at most 10), for each u8 the number of its record's cell and u8 what rt_invoke takes it
; for; u8 seeds (at most 16) by which one of them signs, an entry for each; the entries of the data, at most 256 bytes.
define internal i64 @rt_call(i64 %table, i64 %cells, i64 %program) #0 noinline {
start:
  %request = alloca [136 x i8], align 8
  %slices = alloca [256 x i8], align 8
  %data = alloca [256 x i8], align 8
  store i64 %program, ptr %request, align 8
  %table_at = inttoptr i64 %table to ptr
  %count_byte = load i8, ptr %table_at, align 1
  %count = zext i8 %count_byte to i64
  %count_at = getelementptr i8, ptr %request, i64 16
  store i64 %count, ptr %count_at, align 8
  %first = getelementptr i8, ptr %table_at, i64 1
  %first_entry = getelementptr i8, ptr %request, i64 56
  br label %next
next:
  %account = phi ptr [ %first, %start ], [ %following, %more ]
  %entry = phi ptr [ %first_entry, %start ], [ %next_entry, %more ]
  %left = phi i64 [ %count, %start ], [ %fewer, %more ]
  %over = icmp eq i64 %left, 0
  br i1 %over, label %listed, label %more
more:
  %account_address = ptrtoint ptr %account to i64
  %place = call i64 @rt_cell(i64 %account_address, i64 %cells)
  %flags_at = getelementptr i8, ptr %account, i64 1
  %flags_byte = load i8, ptr %flags_at, align 1
  %flags = zext i8 %flags_byte to i64
  %place_at = inttoptr i64 %place to ptr
  %record = load i64, ptr %place_at, align 1
  %marked = add i64 %record, %flags
  store i64 %marked, ptr %entry, align 8
  %following = getelementptr i8, ptr %account, i64 2
  %next_entry = getelementptr i8, ptr %entry, i64 8
  %fewer = add i64 %left, -1
  br label %next
listed:
  %seeds_byte = load i8, ptr %account, align 1
  %seeds = zext i8 %seeds_byte to i64
  %seeds_at = getelementptr i8, ptr %request, i64 48
  store i64 %seeds, ptr %seeds_at, align 8
  %slices_address = ptrtoint ptr %slices to i64
  %slices_at = getelementptr i8, ptr %request, i64 40
  store i64 %slices_address, ptr %slices_at, align 8
  %seed = getelementptr i8, ptr %account, i64 1
  %seed_address = ptrtoint ptr %seed to i64
  %entries = call i64 @rt_slices(i64 %seed_address, i64 %cells, i64 %slices_address, i64 %seeds)
  %start_of_data = ptrtoint ptr %data to i64
  %end = call i64 @rt_pack(i64 %entries, i64 %cells, i64 %start_of_data)
  %size = sub i64 %end, %start_of_data
  %data_at = getelementptr i8, ptr %request, i64 24
  store i64 %start_of_data, ptr %data_at, align 8
  %size_at = getelementptr i8, ptr %request, i64 32
  store i64 %size, ptr %size_at, align 8
  %request_address = ptrtoint ptr %request to i64
  %error = call i64 @rt_invoke(i64 %request_address)
  ret i64 %error
}
