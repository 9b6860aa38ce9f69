; What a failed check logs, for programs that report their errors in one place.

@rt_report_head = private unnamed_addr constant [34 x i8] c"AnchorError occurred. Error Code: ", align 8
@rt_report_number = private unnamed_addr constant [16 x i8] c". Error Number: ", align 8
@rt_report_message = private unnamed_addr constant [17 x i8] c". Error Message: ", align 8

; Logs the error of that number as `lower/reports.py` lays it out at %table: entries of u32 number, u16 bytes of its name, u16 bytes
; of its message, name, message; a 0 ends them. A number that is not there logs nothing. Returns 0.
; The line is put together at the start of the heap, whatever that holds: after an error nobody reads it. At most about 1,000 CU.
define internal i64 @rt_report(i64 %error, i64 %table) #0 noinline {
entry:
  br label %next
next:
  %entry_at = phi i64 [ %table, %entry ], [ %following, %other ]
  %from = inttoptr i64 %entry_at to ptr
  %number = load i32, ptr %from, align 1
  %last = icmp eq i32 %number, 0
  br i1 %last, label %done, label %look
look:
  %name_length_at = getelementptr i8, ptr %from, i64 4
  %name_half = load i16, ptr %name_length_at, align 1
  %name_length = zext i16 %name_half to i64
  %message_length_at = getelementptr i8, ptr %from, i64 6
  %message_half = load i16, ptr %message_length_at, align 1
  %message_length = zext i16 %message_half to i64
  %name = add i64 %entry_at, 8
  %message = add i64 %name, %name_length
  %wide = zext i32 %number to i64
  %this = icmp eq i64 %wide, %error
  br i1 %this, label %log, label %other
other:
  %following = add i64 %message, %message_length
  br label %next
log:
  %head_words = ptrtoint ptr @rt_report_head to i64
  %number_words = ptrtoint ptr @rt_report_number to i64
  %message_words = ptrtoint ptr @rt_report_message to i64
  %head = call i64 @sol_memcpy_(i64 12884903168, i64 %head_words, i64 34)
  %put_name = call i64 @sol_memcpy_(i64 12884903202, i64 %name, i64 %name_length)
  %after_name = add i64 %name_length, 12884903202
  %put_number = call i64 @sol_memcpy_(i64 %after_name, i64 %number_words, i64 16)
  %digits = add i64 %after_name, 16
  %after_digits = call i64 @rt_put_unsigned(i64 %digits, i64 %error)
  %put_words = call i64 @sol_memcpy_(i64 %after_digits, i64 %message_words, i64 17)
  %message_at = add i64 %after_digits, 17
  %put_message = call i64 @sol_memcpy_(i64 %message_at, i64 %message, i64 %message_length)
  %end = add i64 %message_at, %message_length
  %end_at = inttoptr i64 %end to ptr
  store i8 46, ptr %end_at, align 1
  %size = add i64 %end, -12884903167
  %logged = call i64 @sol_log_(i64 12884903168, i64 %size)
  br label %done
done:
  ret i64 0
}
