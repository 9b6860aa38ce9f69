; Signatures that the transaction's Ed25519 and Secp256r1 instructions have proved.

; 1 if the instruction right before the current one proves that %key signed the %size bytes at %message, else 0.
; %record is the instructions sysvar's; its address was checked, so what it says is the runtime's word. %scheme is the id of the
; program that checks signatures, and a u64: bytes of a key, 32 or 33 (both programs share one layout). Required:
; the instruction is that program's; it checks one signature; signature, key and message lie in its own data (index 0xFFFF or
; its own): else the proof could be about bytes of another instruction; key and message are the ones asked for.
; Layouts: facts/solana.md 3.5. About 130 CU.
define internal i64 @rt_signed_before(i64 %record, i64 %key, i64 %message, i64 %size, i64 %scheme) #0 noinline {
  %account = inttoptr i64 %record to ptr
  %length_at = getelementptr i8, ptr %account, i64 80
  %length = load i64, ptr %length_at, align 8
  %data = getelementptr i8, ptr %account, i64 88
  %no_instructions = icmp ult i64 %length, 4
  br i1 %no_instructions, label %no, label %list
list:
  %current_offset = add i64 %length, -2
  %current_at = getelementptr i8, ptr %data, i64 %current_offset
  %current_16 = load i16, ptr %current_at, align 1
  %current = zext i16 %current_16 to i64
  %first = icmp eq i64 %current, 0
  br i1 %first, label %no, label %previous
previous:
  %before = add i64 %current, -1
  %before_offset = shl i64 %current, 1
  %before_end = add i64 %before_offset, 2
  %off_table = icmp ugt i64 %before_end, %current_offset
  br i1 %off_table, label %no, label %located
located:
  %start_at = getelementptr i8, ptr %data, i64 %before_offset
  %start_16 = load i16, ptr %start_at, align 1
  %start = zext i16 %start_16 to i64
  %count_end = add i64 %start, 2
  %off_count = icmp ugt i64 %count_end, %current_offset
  br i1 %off_count, label %no, label %counted
counted:
  %count_at = getelementptr i8, ptr %data, i64 %start
  %count_16 = load i16, ptr %count_at, align 1
  %count = zext i16 %count_16 to i64
  %metas = mul i64 %count, 33
  %program_offset = add i64 %count_end, %metas
  %body_offset = add i64 %program_offset, 34
  %off_program = icmp ugt i64 %body_offset, %current_offset
  br i1 %off_program, label %no, label %named
named:
  %program_0 = getelementptr i8, ptr %data, i64 %program_offset
  %word_0 = load i64, ptr %program_0, align 1
  %program_1 = getelementptr i8, ptr %program_0, i64 8
  %word_1 = load i64, ptr %program_1, align 1
  %program_2 = getelementptr i8, ptr %program_0, i64 16
  %word_2 = load i64, ptr %program_2, align 1
  %program_3 = getelementptr i8, ptr %program_0, i64 24
  %word_3 = load i64, ptr %program_3, align 1
  %id = inttoptr i64 %scheme to ptr
  %id_0 = load i64, ptr %id, align 8
  %differ_0 = icmp ne i64 %word_0, %id_0
  br i1 %differ_0, label %no, label %named_1
named_1:
  %id_1_at = getelementptr i8, ptr %id, i64 8
  %id_1 = load i64, ptr %id_1_at, align 8
  %differ_1 = icmp ne i64 %word_1, %id_1
  br i1 %differ_1, label %no, label %named_2
named_2:
  %id_2_at = getelementptr i8, ptr %id, i64 16
  %id_2 = load i64, ptr %id_2_at, align 8
  %differ_2 = icmp ne i64 %word_2, %id_2
  br i1 %differ_2, label %no, label %named_3
named_3:
  %id_3_at = getelementptr i8, ptr %id, i64 24
  %id_3 = load i64, ptr %id_3_at, align 8
  %differ_3 = icmp ne i64 %word_3, %id_3
  br i1 %differ_3, label %no, label %sized
sized:
  %body_size_at = getelementptr i8, ptr %program_0, i64 32
  %body_size_16 = load i16, ptr %body_size_at, align 1
  %body_size = zext i16 %body_size_16 to i64
  %body_end = add i64 %body_offset, %body_size
  %off_body = icmp ugt i64 %body_end, %current_offset
  %no_header = icmp ult i64 %body_size, 16
  %cut = or i1 %off_body, %no_header
  br i1 %cut, label %no, label %header
header:
  %body = getelementptr i8, ptr %data, i64 %body_offset
  %signatures = load i8, ptr %body, align 1
  %not_one = icmp ne i8 %signatures, 1
  br i1 %not_one, label %no, label %one
one:
  %signature_in_at = getelementptr i8, ptr %body, i64 4
  %signature_in_16 = load i16, ptr %signature_in_at, align 1
  %signature_in = zext i16 %signature_in_16 to i64
  %signature_this = icmp eq i64 %signature_in, 65535
  %signature_own = icmp eq i64 %signature_in, %before
  %signature_here = or i1 %signature_this, %signature_own
  br i1 %signature_here, label %signature_ok, label %no
signature_ok:
  %key_in_at = getelementptr i8, ptr %body, i64 8
  %key_in_16 = load i16, ptr %key_in_at, align 1
  %key_in = zext i16 %key_in_16 to i64
  %key_this = icmp eq i64 %key_in, 65535
  %key_own = icmp eq i64 %key_in, %before
  %key_here = or i1 %key_this, %key_own
  br i1 %key_here, label %key_ok, label %no
key_ok:
  %message_in_at = getelementptr i8, ptr %body, i64 14
  %message_in_16 = load i16, ptr %message_in_at, align 1
  %message_in = zext i16 %message_in_16 to i64
  %message_this = icmp eq i64 %message_in, 65535
  %message_own = icmp eq i64 %message_in, %before
  %message_here = or i1 %message_this, %message_own
  br i1 %message_here, label %message_ok, label %no
message_ok:
  %message_size_at = getelementptr i8, ptr %body, i64 12
  %message_size_16 = load i16, ptr %message_size_at, align 1
  %message_size = zext i16 %message_size_16 to i64
  %same_size = icmp eq i64 %message_size, %size
  br i1 %same_size, label %placed, label %no
placed:
  %key_offset_at = getelementptr i8, ptr %body, i64 6
  %key_offset_16 = load i16, ptr %key_offset_at, align 1
  %key_offset = zext i16 %key_offset_16 to i64
  %key_size_at = getelementptr i8, ptr %id, i64 32
  %key_size = load i64, ptr %key_size_at, align 8
  %key_end = add i64 %key_offset, %key_size
  %off_key = icmp ugt i64 %key_end, %body_size
  %message_offset_at = getelementptr i8, ptr %body, i64 10
  %message_offset_16 = load i16, ptr %message_offset_at, align 1
  %message_offset = zext i16 %message_offset_16 to i64
  %message_end = add i64 %message_offset, %message_size
  %off_message = icmp ugt i64 %message_end, %body_size
  %off_any = or i1 %off_key, %off_message
  br i1 %off_any, label %no, label %compare
compare:
  %body_address = ptrtoint ptr %body to i64
  %key_address = add i64 %body_address, %key_offset
  %same_key = call i64 @rt_memeq32(i64 %key_address, i64 %key)
  %key_wanted = icmp ne i64 %same_key, 0
  br i1 %key_wanted, label %compare_rest, label %no
compare_rest:
  %longer = icmp ne i64 %key_size, 32
  br i1 %longer, label %compare_last, label %compare_message
compare_last:
  %last_address = add i64 %key_address, 32
  %last_at = inttoptr i64 %last_address to ptr
  %last = load i8, ptr %last_at, align 1
  %wanted_address = add i64 %key, 32
  %wanted_at = inttoptr i64 %wanted_address to ptr
  %wanted_last = load i8, ptr %wanted_at, align 1
  %last_same = icmp eq i8 %last, %wanted_last
  br i1 %last_same, label %compare_message, label %no
compare_message:
  %message_address = add i64 %body_address, %message_offset
  %same_message = call i64 @rt_equal(i64 %message_address, i64 %message, i64 %size)
  ret i64 %same_message
no:
  ret i64 0
}
