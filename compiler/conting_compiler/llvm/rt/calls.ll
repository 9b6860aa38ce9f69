; Calls of other programs, and accounts at derived addresses. Records are those of the input region (facts/solana.md 3.5).

; Calls another program. %request is laid out as lower/layout.py INVOKE_*:
;   +0 program*, +8 (metas*, filled in here), +16 u64 accounts, +24 data*, +32 u64 data length: a SolInstruction;
;   +40 slices*, +48 u64 slices: the seeds by which one account of the program signs, or 0 slices;
;   or +40 {slices*, u64 slices}*, +48 minus the number of these, where several sign;
;   +56 the accounts: address of the record, plus 1 if the call may write it, plus 2 if it signs.
; Returns 0; a call that fails ends the transaction. 25 CU an account beside the syscall's own.
define internal i64 @rt_invoke(i64 %request) #0 noinline {
entry:
  %instruction = inttoptr i64 %request to ptr
  %metas_at = getelementptr i8, ptr %instruction, i64 8
  store i64 12884901952, ptr %metas_at, align 8
  %count_at = getelementptr i8, ptr %instruction, i64 16
  %count = load i64, ptr %count_at, align 8
  %first = getelementptr i8, ptr %instruction, i64 56
  br label %next
next:
  %left = phi i64 [ %count, %entry ], [ %fewer, %next ]
  %account = phi ptr [ %first, %entry ], [ %next_account, %next ]
  %meta = phi ptr [ inttoptr (i64 12884901952 to ptr), %entry ], [ %next_meta, %next ]
  %info = phi ptr [ inttoptr (i64 12884902208 to ptr), %entry ], [ %next_info, %next ]
  %marked = load i64, ptr %account, align 8
  %record = and i64 %marked, -8
  %writable = and i64 %marked, 1
  %signs = and i64 %marked, 2
  %signer = shl i64 %signs, 7
  %flags = or i64 %writable, %signer
  %flag_bytes = trunc i64 %flags to i16
  %key = add i64 %record, 8
  store i64 %key, ptr %meta, align 8
  %meta_flags = getelementptr i8, ptr %meta, i64 8
  store i16 %flag_bytes, ptr %meta_flags, align 8
  store i64 %key, ptr %info, align 8
  %lamports = add i64 %record, 72
  %info_lamports = getelementptr i8, ptr %info, i64 8
  store i64 %lamports, ptr %info_lamports, align 8
  %from = inttoptr i64 %record to ptr
  %length_at = getelementptr i8, ptr %from, i64 80
  %length = load i64, ptr %length_at, align 8
  %info_length = getelementptr i8, ptr %info, i64 16
  store i64 %length, ptr %info_length, align 8
  %data = add i64 %record, 88
  %info_data = getelementptr i8, ptr %info, i64 24
  store i64 %data, ptr %info_data, align 8
  %owner = add i64 %record, 40
  %info_owner = getelementptr i8, ptr %info, i64 32
  store i64 %owner, ptr %info_owner, align 8
  %info_epoch = getelementptr i8, ptr %info, i64 40
  store i64 -1, ptr %info_epoch, align 8
  %record_flags = getelementptr i8, ptr %from, i64 1
  %own_flags = load i32, ptr %record_flags, align 1
  %info_flags = getelementptr i8, ptr %info, i64 48
  store i32 %own_flags, ptr %info_flags, align 8
  %fewer = add i64 %left, -1
  %next_account = getelementptr i8, ptr %account, i64 8
  %next_meta = getelementptr i8, ptr %meta, i64 16
  %next_info = getelementptr i8, ptr %info, i64 56
  %more = icmp ne i64 %fewer, 0
  br i1 %more, label %next, label %call
call:
  %seeds = add i64 %request, 40
  %slices_at = getelementptr i8, ptr %instruction, i64 48
  %slices = load i64, ptr %slices_at, align 8
  %several = icmp slt i64 %slices, 0
  br i1 %several, label %list, label %one
one:
  %signed = icmp ne i64 %slices, 0
  %single = zext i1 %signed to i64
  br label %send
list:
  %list_at = inttoptr i64 %seeds to ptr
  %listed = load i64, ptr %list_at, align 8
  %many = sub i64 0, %slices
  br label %send
send:
  %signers_at = phi i64 [ %seeds, %one ], [ %listed, %list ]
  %signers = phi i64 [ %single, %one ], [ %many, %list ]
  %error = call i64 @sol_invoke_signed_c(i64 %request, i64 12884902208, i64 %count, i64 %signers_at, i64 %signers)
  ret i64 %error
}

; Finds the address derived from seeds, with the highest bump that gives one, as far as the account at hand can be it:
; 0 if it is, 2006 (Fault.WRONG_SEEDS) if not. %request is laid out as lower/layout.py CREATE_*:
;   +8 record*, +40 u64 seeds, +48 u64 bump (filled in), +56 hash[32] and +88 marker[24] (scratch), +112 slices, 3 of them free.
; Equals Pubkey::find_program_address: sha256(seeds, bump, program id, marker) is an address if it is no point of the curve.
; About 190 CU for a bump of 255, 350 for every further try. A match is not tested against the curve: nobody can own an
; account at a point without its secret key, and a call signed by these seeds has the runtime test it.
define internal i64 @rt_find_address(i64 %request) #0 noinline {
entry:
  %base = inttoptr i64 %request to ptr
  %record_at = getelementptr i8, ptr %base, i64 8
  %record = load i64, ptr %record_at, align 8
  %key = add i64 %record, 8
  %count_at = getelementptr i8, ptr %base, i64 40
  %count = load i64, ptr %count_at, align 8
  %slices = add i64 %request, 112
  %used = shl i64 %count, 4
  %free = add i64 %slices, %used
  %added = inttoptr i64 %free to ptr
  %bump = add i64 %request, 48
  store i64 %bump, ptr %added, align 8
  %bump_length = getelementptr i8, ptr %added, i64 8
  store i64 1, ptr %bump_length, align 8
  %id = load i64, ptr inttoptr (i64 12884901904 to ptr), align 8
  %id_at = getelementptr i8, ptr %added, i64 16
  store i64 %id, ptr %id_at, align 8
  %id_length = getelementptr i8, ptr %added, i64 24
  store i64 32, ptr %id_length, align 8
  %marker = getelementptr i8, ptr %base, i64 88
  store i64 4930704311030084176, ptr %marker, align 8
  %marker_1 = getelementptr i8, ptr %base, i64 96
  store i64 7224165664220082789, ptr %marker_1, align 8
  %marker_2 = getelementptr i8, ptr %base, i64 104
  store i64 495857267300, ptr %marker_2, align 8
  %marker_address = add i64 %request, 88
  %marker_at = getelementptr i8, ptr %added, i64 32
  store i64 %marker_address, ptr %marker_at, align 8
  %marker_length = getelementptr i8, ptr %added, i64 40
  store i64 21, ptr %marker_length, align 8
  %pieces = add i64 %count, 3
  %hash = add i64 %request, 56
  %bump_at = inttoptr i64 %bump to ptr
  br label %try
try:
  %this = phi i64 [ 255, %entry ], [ %lower, %below ]
  store i64 %this, ptr %bump_at, align 8
  %hashed = call i64 @sol_sha256(i64 %slices, i64 %pieces, i64 %hash)
  %same = call i64 @rt_memeq32(i64 %hash, i64 %key)
  %found = icmp ne i64 %same, 0
  br i1 %found, label %match, label %other
other:
  %off_curve = call i64 @sol_curve_validate_point(i64 0, i64 %hash, i64 0)
  %address = icmp ne i64 %off_curve, 0
  %lower = add i64 %this, -1
  %last = icmp eq i64 %lower, 0
  %stop = or i1 %address, %last
  br i1 %stop, label %wrong, label %below
below:
  br label %try
match:
  ret i64 0
wrong:
  ret i64 2006
}

; Makes an account at its derived address, as rt_make does. Returns 0, 2006 (Fault.WRONG_SEEDS) or what rt_make returns.
define internal i64 @rt_create(i64 %request) #0 noinline {
  %wrong = call i64 @rt_find_address(i64 %request)
  %derived = icmp eq i64 %wrong, 0
  br i1 %derived, label %right, label %refuse
refuse:
  ret i64 %wrong
right:
  %error = call i64 @rt_make(i64 %request)
  ret i64 %error
}

; As rt_create, an account of this program with rent for its %space bytes, which %payer pays: fills that in.
define internal i64 @rt_create_own(i64 %request, i64 %payer, i64 %space) #0 noinline {
  %base = inttoptr i64 %request to ptr
  store i64 %payer, ptr %base, align 8
  %rent_size_at = getelementptr i8, ptr %base, i64 16
  store i64 %space, ptr %rent_size_at, align 8
  %space_at = getelementptr i8, ptr %base, i64 24
  store i64 %space, ptr %space_at, align 8
  %owner = load i64, ptr inttoptr (i64 12884901904 to ptr), align 8
  %owner_at = getelementptr i8, ptr %base, i64 32
  store i64 %owner, ptr %owner_at, align 8
  %error = call i64 @rt_create(i64 %request)
  ret i64 %error
}

; Makes an account. %request is that of rt_find_address and +0 payer's record*, +16 u64 bytes whose rent
; it gets, +24 u64 bytes that it has, +32 owner*. Without seeds the account itself has signed. Returns 0 or 5504 (Fault.NOT_EMPTY).
; An address that somebody sent lamports to is topped up, allocated and assigned: nobody can block it.
define internal i64 @rt_make(i64 %request) #0 {
entry:
  %call = alloca [72 x i8], align 8
  %data = alloca [56 x i8], align 8
  %base = inttoptr i64 %request to ptr
  %payer = load i64, ptr %base, align 8
  %record_at = getelementptr i8, ptr %base, i64 8
  %record = load i64, ptr %record_at, align 8
  %account = inttoptr i64 %record to ptr
  %length_at = getelementptr i8, ptr %account, i64 80
  %length = load i64, ptr %length_at, align 8
  %owner_0 = getelementptr i8, ptr %account, i64 40
  %word_0 = load i64, ptr %owner_0, align 8
  %owner_1 = getelementptr i8, ptr %account, i64 48
  %word_1 = load i64, ptr %owner_1, align 8
  %owner_2 = getelementptr i8, ptr %account, i64 56
  %word_2 = load i64, ptr %owner_2, align 8
  %owner_3 = getelementptr i8, ptr %account, i64 64
  %word_3 = load i64, ptr %owner_3, align 8
  %any_0 = or i64 %length, %word_0
  %any_1 = or i64 %any_0, %word_1
  %any_2 = or i64 %any_1, %word_2
  %any_3 = or i64 %any_2, %word_3
  %empty = icmp eq i64 %any_3, 0
  br i1 %empty, label %make, label %taken
taken:
  ret i64 5504
make:
  %rent_size_at = getelementptr i8, ptr %base, i64 16
  %rent_size = load i64, ptr %rent_size_at, align 8
  %rent = call i64 @rt_rent(i64 %rent_size)
  %space_at = getelementptr i8, ptr %base, i64 24
  %space = load i64, ptr %space_at, align 8
  %owner_at = getelementptr i8, ptr %base, i64 32
  %owner = load i64, ptr %owner_at, align 8
  %count_at = getelementptr i8, ptr %base, i64 40
  %count = load i64, ptr %count_at, align 8
  %slices = add i64 %request, 112
  %unsigned = icmp eq i64 %count, 0
  %with_bump = add i64 %count, 1
  %seeds = select i1 %unsigned, i64 0, i64 %with_bump
  %call_address = ptrtoint ptr %call to i64
  %data_address = ptrtoint ptr %data to i64
  %system = add i64 %record, 40
  store i64 %system, ptr %call, align 8
  %accounts_at = getelementptr i8, ptr %call, i64 16
  store i64 2, ptr %accounts_at, align 8
  %data_at = getelementptr i8, ptr %call, i64 24
  store i64 %data_address, ptr %data_at, align 8
  %size_at = getelementptr i8, ptr %call, i64 32
  %seeds_at = getelementptr i8, ptr %call, i64 40
  store i64 %slices, ptr %seeds_at, align 8
  %seed_count_at = getelementptr i8, ptr %call, i64 48
  store i64 %seeds, ptr %seed_count_at, align 8
  %first_at = getelementptr i8, ptr %call, i64 56
  %paying = add i64 %payer, 3
  store i64 %paying, ptr %first_at, align 8
  %second_at = getelementptr i8, ptr %call, i64 64
  %making = add i64 %record, 3
  store i64 %making, ptr %second_at, align 8
  %lamports_at = getelementptr i8, ptr %account, i64 72
  %lamports = load i64, ptr %lamports_at, align 8
  %data_4 = getelementptr i8, ptr %data, i64 4
  %fresh = icmp eq i64 %lamports, 0
  br i1 %fresh, label %create, label %funded
create:
  store i32 0, ptr %data, align 8
  store i64 %rent, ptr %data_4, align 4
  %data_12 = getelementptr i8, ptr %data, i64 12
  store i64 %space, ptr %data_12, align 4
  %data_20 = add i64 %data_address, 20
  %copied_create = call i64 @rt_memcpy(i64 %data_20, i64 %owner, i64 32)
  store i64 52, ptr %size_at, align 8
  %error_create = call i64 @rt_invoke(i64 %call_address)
  ret i64 %error_create
funded:
  %lacking = icmp ult i64 %lamports, %rent
  br i1 %lacking, label %top_up, label %allocate
top_up:
  %missing = sub i64 %rent, %lamports
  store i32 2, ptr %data, align 8
  store i64 %missing, ptr %data_4, align 4
  store i64 12, ptr %size_at, align 8
  %error_top_up = call i64 @rt_invoke(i64 %call_address)
  br label %allocate
allocate:
  store i64 1, ptr %accounts_at, align 8
  store i64 %making, ptr %first_at, align 8
  store i32 8, ptr %data, align 8
  store i64 %space, ptr %data_4, align 4
  store i64 12, ptr %size_at, align 8
  %error_allocate = call i64 @rt_invoke(i64 %call_address)
  store i32 1, ptr %data, align 8
  %data_owner = add i64 %data_address, 4
  %copied_assign = call i64 @rt_memcpy(i64 %data_owner, i64 %owner, i64 32)
  store i64 36, ptr %size_at, align 8
  %error_assign = call i64 @rt_invoke(i64 %call_address)
  ret i64 %error_assign
}

; The lamports that make an account of %size bytes rent-exempt: (128 + size) times what the Rent sysvar says, read once per instruction
; (129 CU). Its threshold is an f64, 2.0 since genesis and 1.0 once SIMD-0194 folds it into the lamports per byte.
define internal i64 @rt_rent(i64 %size) #0 {
entry:
  %sysvar = alloca [24 x i8], align 8
  %known = load i64, ptr inttoptr (i64 12884901896 to ptr), align 8
  %unknown = icmp eq i64 %known, 0
  br i1 %unknown, label %read, label %have
read:
  %address = ptrtoint ptr %sysvar to i64
  %ignored = call i64 @sol_get_rent_sysvar(i64 %address)
  %yearly = load i64, ptr %sysvar, align 8
  %threshold_at = getelementptr i8, ptr %sysvar, i64 8
  %threshold = load i64, ptr %threshold_at, align 8
  %once = icmp eq i64 %threshold, 4607182418800017408
  %twice = shl i64 %yearly, 1
  %per_byte = select i1 %once, i64 %yearly, i64 %twice
  store i64 %per_byte, ptr inttoptr (i64 12884901896 to ptr), align 8
  br label %have
have:
  %rate = phi i64 [ %known, %entry ], [ %per_byte, %read ]
  %bytes = add i64 %size, 128
  %lamports = mul i64 %bytes, %rate
  ret i64 %lamports
}

; 1 if nothing is at the address of the account %record: the System program's, no data; else 0. Lamports do not matter. 13 CU.
define internal i64 @rt_is_empty(i64 %record) #0 noinline {
  %account = inttoptr i64 %record to ptr
  %length_at = getelementptr i8, ptr %account, i64 80
  %length = load i64, ptr %length_at, align 8
  %owner_0 = getelementptr i8, ptr %account, i64 40
  %word_0 = load i64, ptr %owner_0, align 8
  %owner_1 = getelementptr i8, ptr %account, i64 48
  %word_1 = load i64, ptr %owner_1, align 8
  %owner_2 = getelementptr i8, ptr %account, i64 56
  %word_2 = load i64, ptr %owner_2, align 8
  %owner_3 = getelementptr i8, ptr %account, i64 64
  %word_3 = load i64, ptr %owner_3, align 8
  %any_0 = or i64 %length, %word_0
  %any_1 = or i64 %any_0, %word_1
  %any_2 = or i64 %any_1, %word_2
  %any_3 = or i64 %any_2, %word_3
  %empty = icmp eq i64 %any_3, 0
  %result = zext i1 %empty to i64
  ret i64 %result
}
