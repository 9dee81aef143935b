;; -- only
/* comments; */ ;
