<?php
/**
 * Front page, menu and order of pages.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- the order alone is written: wp_update_post would make a revision and a new date.

/**
 * Reads and writes the parts of a site's setup.
 *
 * A menu is never changed: a new one takes its place, so that the one before can come back as it was.
 */
class IGNY8_Site_State {

	const PARTS = array( 'front', 'menu', 'orders', 'style', 'presets' );

	/**
	 * Name that our menus begin with.
	 *
	 * @var string
	 */
	private $prefix;

	/**
	 * Takes the name of our menus.
	 *
	 * @param string $prefix Prefix.
	 */
	public function __construct( $prefix ) {
		$this->prefix = $prefix;
	}

	/**
	 * Which parts the acting user may write.
	 *
	 * @return array<string,bool>
	 */
	public static function rights() {
		return array(
			'front'   => current_user_can( 'manage_options' ),
			'menu'    => current_user_can( 'edit_theme_options' ),
			'orders'  => current_user_can( 'edit_others_pages' ),
			'style'   => current_user_can( 'edit_theme_options' ),
			'presets' => current_user_can( 'edit_theme_options' ),
		);
	}

	/**
	 * A part in a form that can be compared, whether it was read here or came over the wire.
	 *
	 * @param mixed $part Part.
	 * @return mixed
	 */
	public static function plain( $part ) {
		$part = json_decode( (string) wp_json_encode( $part ), true );
		if ( is_array( $part ) && ! isset( $part[0] ) ) {
			ksort( $part );
		}
		return $part;
	}

	/**
	 * The parts as they are.
	 *
	 * @param int[] $ids Pages whose order is told.
	 * @return array<string,mixed>
	 */
	public function read( $ids ) {
		$orders = array();
		foreach ( $ids as $id ) {
			$post = get_post( $id );
			if ( $post instanceof WP_Post && 'page' === $post->post_type ) {
				$orders[ $id ] = (int) $post->menu_order;
			}
		}
		return array(
			'front'   => array(
				'show'  => (string) get_option( 'show_on_front' ),
				'page'  => (int) get_option( 'page_on_front' ),
				'posts' => (int) get_option( 'page_for_posts' ),
			),
			'menu'    => $this->read_menu(),
			'orders'  => (object) $orders,
			'style'   => IGNY8_Site_Style::read( $this->prefix ),
			'presets' => IGNY8_Site_Presets::read( $this->prefix ),
		);
	}

	/**
	 * Whether a part is what it is to be.
	 *
	 * @param string $part   Part.
	 * @param mixed  $now    As it is.
	 * @param mixed  $wanted As it is to be.
	 * @return bool
	 */
	public function is_as_wanted( $part, $now, $wanted ) {
		if ( 'menu' === $part && ! isset( $wanted['id'] ) ) {
			return $now['ours'] && $now['items'] === $this->short_items( $wanted['items'] );
		}
		if ( 'orders' === $part ) {
			return array() === array_diff_assoc( (array) $wanted, (array) $now );
		}
		return self::is_same( $part, $wanted, $now );
	}

	/**
	 * Whether a part is the same. A menu of ours is known by its name and items: it may have been
	 * made anew, and the theme may be another.
	 *
	 * @param string $part   Part.
	 * @param mixed  $first  As it was told, or is to be.
	 * @param mixed  $second As it is.
	 * @return bool
	 */
	public static function is_same( $part, $first, $second ) {
		$first  = self::plain( $first );
		$second = self::plain( $second );
		if ( 'menu' === $part && ! empty( $first['ours'] ) && ! empty( $second['ours'] ) ) {
			$first['id']       = $second['id'];
			$first['location'] = $second['location'];
		}
		return $first === $second;
	}

	/**
	 * Writes a part.
	 *
	 * @param string $part   Part.
	 * @param mixed  $wanted As it is to be.
	 */
	public function write( $part, $wanted ) {
		if ( 'front' === $part ) {
			update_option( 'page_on_front', (int) $wanted['page'] );
			update_option( 'page_for_posts', (int) $wanted['posts'] );
			update_option( 'show_on_front', 'page' === $wanted['show'] ? 'page' : 'posts' );
		} elseif ( 'orders' === $part ) {
			$this->write_orders( $wanted );
		} elseif ( 'style' === $part ) {
			IGNY8_Site_Style::write( $this->prefix, $wanted );
		} elseif ( 'presets' === $part ) {
			IGNY8_Site_Presets::write( $this->prefix, $wanted );
		} elseif ( isset( $wanted['id'] ) ) {
			$this->bring_menu_back( $wanted );
		} else {
			$this->make_menu( $wanted );
		}
	}

	/**
	 * Writes the order of pages.
	 *
	 * @param array<int|string,mixed> $orders Number by page.
	 */
	private function write_orders( $orders ) {
		global $wpdb;
		foreach ( $orders as $id => $number ) {
			$post = get_post( (int) $id );
			if ( $post instanceof WP_Post && 'page' === $post->post_type && current_user_can( 'edit_post', $post->ID ) ) {
				$wpdb->update( $wpdb->posts, array( 'menu_order' => (int) $number ), array( 'ID' => $post->ID ) );
				clean_post_cache( $post->ID );
			}
		}
	}

	/**
	 * Those of the orders that nobody changed since the app wrote them.
	 *
	 * @param array<int|string,mixed> $now    As it is.
	 * @param array<int|string,mixed> $known  As the app left it.
	 * @param array<int|string,mixed> $wanted As it is to be.
	 * @return array<int|string,mixed>
	 */
	public static function unedited_orders( $now, $known, $wanted ) {
		return array_filter(
			$wanted,
			static function ( $id ) use ( $now, $known, $wanted ) {
				return ! isset( $known[ $id ], $now[ $id ] ) || in_array( (int) $now[ $id ], array( (int) $known[ $id ], (int) $wanted[ $id ] ), true );
			},
			ARRAY_FILTER_USE_KEY
		);
	}

	/**
	 * The place of the theme for the main menu; empty when it has none, as themes made of blocks.
	 *
	 * @return string
	 */
	private static function location() {
		$places = array_keys( get_registered_nav_menus() );
		if ( array() === $places ) {
			return '';
		}
		return in_array( 'primary', $places, true ) ? 'primary' : (string) $places[0];
	}

	/**
	 * The menu that visitors get.
	 *
	 * @return array<string,mixed>
	 */
	private function read_menu() {
		$location = self::location();
		$places   = get_nav_menu_locations();
		$menu     = '' === $location ? $this->newest_of_ours() : wp_get_nav_menu_object( isset( $places[ $location ] ) ? $places[ $location ] : 0 );
		$id       = $menu instanceof WP_Term ? (int) $menu->term_id : 0;
		return array(
			'id'       => $id,
			'items'    => 0 === $id ? array() : $this->items( $id ),
			'location' => $location,
			'name'     => 0 === $id ? '' : $menu->name,
			'ours'     => 0 !== $id && 0 === strpos( $menu->slug, $this->prefix ) && IGNY8_Block_Menu::is_as_made( $menu ),
		);
	}

	/**
	 * The newest of our menus.
	 *
	 * @return WP_Term|null
	 */
	private function newest_of_ours() {
		$ours = $this->our_menus();
		return array() === $ours ? null : $ours[0];
	}

	/**
	 * Our menus, newest first.
	 *
	 * @return WP_Term[]
	 */
	private function our_menus() {
		$prefix = $this->prefix;
		$menus  = wp_get_nav_menus( array( 'orderby' => 'term_id' ) );
		$ours   = array_filter(
			$menus,
			static function ( $menu ) use ( $prefix ) {
				return 0 === strpos( $menu->slug, $prefix );
			}
		);
		return array_reverse( array_values( $ours ) );
	}

	/**
	 * The items of a menu: page, title where it differs from the page's, address of what is no page, and the number of
	 * the item above it, or -1.
	 *
	 * @param int $id Menu.
	 * @return array<int,array<int,mixed>>
	 */
	private function items( $id ) {
		$numbers = array();
		$items   = array();
		foreach ( (array) wp_get_nav_menu_items( $id ) as $item ) {
			$above                   = (int) $item->menu_item_parent;
			$numbers[ $item->db_id ] = count( $items );
			$is_page                 = 'post_type' === $item->type;
			$items[]                 = array(
				$is_page ? (int) $item->object_id : 0,
				(string) $item->post_title,
				$is_page ? '' : (string) $item->url,
				isset( $numbers[ $above ] ) ? $numbers[ $above ] : -1,
			);
		}
		return $items;
	}

	/**
	 * The items as they are stored: WordPress keeps no title that is the page's own.
	 *
	 * @param mixed $items Items: page, title and number of the item above.
	 * @return array<int,array<int,mixed>>
	 */
	private function short_items( $items ) {
		$short = array();
		foreach ( is_array( $items ) ? $items : array() as $item ) {
			$title   = (string) $item[1];
			$short[] = array( (int) $item[0], get_post_field( 'post_title', (int) $item[0], 'raw' ) === $title ? '' : $title, '', (int) $item[2] );
		}
		return $short;
	}

	/**
	 * Makes a menu and has the theme show it. Those of ours that nobody needs any more go.
	 *
	 * @param array<string,mixed> $wanted Name, slug and items.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private function make_menu( $wanted ) {
		$number = IGNY8_Payload::id( $wanted['slug'], 'wanted.menu.slug' );
		$this->make_menu_of( mb_substr( (string) $wanted['name'], 0, 150 ) . ' (' . $number . ')', $number, $this->short_items( $wanted['items'] ) );
	}

	/**
	 * Makes a menu of items and has the theme show it.
	 *
	 * @param string                    $name   Name.
	 * @param string                    $number What its slug ends in.
	 * @param array<int,array<int,mixed>> $items Items as they are read.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private function make_menu_of( $name, $number, $items ) {
		$before = $this->read_menu();
		$slug   = $this->prefix . $number;
		$old    = get_term_by( 'slug', $slug, 'nav_menu' );
		if ( $old instanceof WP_Term ) {
			wp_delete_nav_menu( $old->term_id );
		}
		$made = wp_insert_term( wp_slash( $name ), 'nav_menu', compact( 'slug' ) );
		if ( is_wp_error( $made ) ) {
			throw new IGNY8_Exception( 'MENU_FAILED', $made->get_error_message(), 500, 'commit' );
		}
		self::add_items( (int) $made['term_id'], $items );
		$this->show( $made['term_id'] );
		foreach ( $this->our_menus() as $menu ) {
			if ( ! in_array( (int) $menu->term_id, array( (int) $made['term_id'], $before['id'] ), true ) ) {
				wp_delete_nav_menu( $menu->term_id );
			}
		}
	}

	/**
	 * Has a theme of blocks show the menu with titles and addresses that its pages have now.
	 */
	public function renew_menu() {
		$now = $this->read_menu();
		if ( $now['ours'] && current_user_can( 'edit_theme_options' ) ) {
			IGNY8_Block_Menu::show( wp_get_nav_menu_object( $now['id'] ), $this->prefix );
		}
	}

	/**
	 * Puts items into a menu.
	 *
	 * @param int                         $menu  Menu.
	 * @param array<int,array<int,mixed>> $items Items as they are read.
	 * @throws IGNY8_Exception When WordPress refuses.
	 */
	private static function add_items( $menu, $items ) {
		$db_ids = array();
		foreach ( array_values( $items ) as $number => $item ) {
			$is_page = 0 !== (int) $item[0];
			$added   = wp_update_nav_menu_item(
				$menu,
				0,
				array(
					'menu-item-object-id' => (int) $item[0],
					'menu-item-object'    => $is_page ? 'page' : 'custom',
					'menu-item-type'      => $is_page ? 'post_type' : 'custom',
					'menu-item-title'     => wp_slash( (string) $item[1] ),
					'menu-item-url'       => $is_page ? '' : wp_slash( (string) $item[2] ),
					'menu-item-parent-id' => isset( $db_ids[ $item[3] ] ) ? $db_ids[ $item[3] ] : 0,
					'menu-item-position'  => $number + 1,
					'menu-item-status'    => 'publish',
				)
			);
			if ( is_wp_error( $added ) ) {
				throw new IGNY8_Exception( 'MENU_FAILED', $added->get_error_message(), 500, 'commit' );
			}
			$db_ids[ $number ] = $added;
		}
	}

	/**
	 * Has the theme show a menu.
	 *
	 * @param int $id Menu, or 0.
	 */
	private function show( $id ) {
		$menu = wp_get_nav_menu_object( (int) $id );
		IGNY8_Block_Menu::show( $menu instanceof WP_Term && 0 === strpos( $menu->slug, $this->prefix ) ? $menu : null, $this->prefix );
		$location = self::location();
		if ( '' !== $location ) {
			$places              = get_nav_menu_locations();
			$places[ $location ] = (int) $id;
			set_theme_mod( 'nav_menu_locations', $places );
		}
	}

	/**
	 * Has the theme show the menu of before, and deletes ours that took its place. One of ours that a later deploy has
	 * deleted is made anew.
	 *
	 * @param array<string,mixed> $wanted The menu of before, as it was read.
	 */
	private function bring_menu_back( $wanted ) {
		$now    = $this->read_menu();
		$before = wp_get_nav_menu_object( (int) $wanted['id'] );
		if ( ! $before instanceof WP_Term && ! empty( $wanted['ours'] ) && preg_match( '/\((\d+)\)\z/', (string) $wanted['name'], $match ) ) {
			$this->make_menu_of( (string) $wanted['name'], $match[1], (array) $wanted['items'] );
			$before = wp_get_nav_menu_object( $this->prefix . $match[1] );
		}
		$this->show( $before instanceof WP_Term ? $before->term_id : 0 );
		if ( $now['ours'] && ! ( $before instanceof WP_Term && $now['id'] === (int) $before->term_id ) ) {
			wp_delete_nav_menu( $now['id'] );
		}
	}
}
